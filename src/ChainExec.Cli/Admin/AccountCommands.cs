using System.CommandLine;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec account</c>.</summary>
internal static class AccountCommands
{
    public static Command Create() => new("account", "Addresses that the signer signs for.") { CreateRegister(), CreatePool() };

    private static Command CreateRegister()
    {
        var owner = new Option<string>("--owner") { Description = "The owner's name.", Required = true };
        var chain = new Option<long>("--chain") { Description = "EIP-155 chain id.", Required = true };
        var address = new Option<string>("--address") { Description = "The address.", Required = true };
        var native = new Option<bool>("--native-is-customer-money")
        {
            Description = "The native coin it receives is the owner's money; otherwise it is the house's float for gas.",
        };
        var custody = new Option<AccountCustody>("--custody")
        {
            Description = "server: the service signs; user: the owner approves each intent with a one-time password, which the signer "
                + "checks (chainexec-signer enrol).",
            DefaultValueFactory = _ => AccountCustody.Server,
        };
        var batches = new Option<bool>("--batches")
        {
            Description = "It is delegated (EIP-7702, chainexec-signer delegate) to one of the chain's BatchDelegates, and carries several "
                + "payments in one transaction.",
        };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("register", "Registers an address, or finds it registered, and prints its id.")
        {
            owner, chain, address, native, custody, batches, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            if (!Address.TryParse(result.GetRequiredValue(address), out Address parsed, out string? error))
                throw new CliException(error, CliException.Usage);
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            Owner found = await engine.OwnerAsync(result.GetRequiredValue(owner), token);
            try
            {
                CustodyAccount account = await engine.WriteAsync(
                    (session, inner) => engine.Get<AccountStore>().RegisterAsync(
                        session, found.Id.Value, result.GetRequiredValue(chain), parsed, result.GetValue(native),
                        result.GetValue(custody), inner, result.GetValue(batches)),
                    token);
                Console.Out.WriteLine(account.Id);
                return 0;
            }
            catch (InvalidOperationException exception)
            {
                throw new CliException(exception.Message);
            }
        });
        return command;
    }

    private static Command CreatePool()
    {
        var owner = new Option<string>("--owner") { Description = "The owner's name.", Required = true };
        var account = new Option<string>("--account") { Description = "The account that is to pay in another's name: acc_…", Required = true };
        var front = new Option<string?>("--of") { Description = "The account that requests name; without it the account leaves its pool." };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command(
            "pool", "Lets an account pay in the name of another one: who pays is drawn when an intent is admitted. Or no longer.")
        {
            owner, account, front, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            Owner found = await engine.OwnerAsync(result.GetRequiredValue(owner), token);
            try
            {
                await engine.WriteAsync(
                    async (session, inner) =>
                    {
                        AccountId member = await FindAsync(engine, session, found, result.GetRequiredValue(account), inner);
                        AccountId? of = result.GetValue(front) is { } name
                            ? await FindAsync(engine, session, found, name, inner)
                            : null;
                        await engine.Get<AccountStore>().SetPoolAsync(session, member, of, inner);
                        await engine.Get<OwnerStore>().AuditAsync(
                            session, EngineAccess.Actor, "account.pool", member.ToString(), new { of = of?.ToString() }, inner);
                        return true;
                    },
                    token);
                return 0;
            }
            catch (InvalidOperationException exception)
            {
                throw new CliException(exception.Message);
            }
        });
        return command;
    }

    private static async Task<AccountId> FindAsync(
        EngineAccess engine, DbSession session, Owner owner, string name, CancellationToken cancellationToken)
    {
        CustodyAccount? account = PublicId.TryParse(AccountId.Prefix, name, out Guid id)
            ? await engine.Get<AccountStore>().FindAsync(session, new AccountId(id), cancellationToken)
            : throw new CliException($"'{name}' is no id of an account: acc_…", CliException.Usage);
        return account is not null && account.Owner == owner.Id.Value
            ? account.Id
            : throw new CliException($"{owner.Name} has no account {name}.");
    }
}
