using System.CommandLine;
using ChainExec.Governance;
using ChainExec.Payments.Lending;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec credit</c>: how much may be lent to a customer against money that is on its way.</summary>
internal static class CreditCommands
{
    private const int ReasonLengthMax = 500;

    public static Command Create() => new("credit", "Credit lines of customers, for instant deposits.") { CreateSet() };

    private static Command CreateSet()
    {
        var owner = new Option<string>("--owner") { Description = "The customer's name.", Required = true };
        var limit = new Option<string>("--limit") { Description = "Cents lent at one time at most; 0 ends the line.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the books and in the audit.", Required = true };
        (Option<string?> database, Option<string?> config) = (Settings.Database(), Settings.Config());
        var command = new Command("set", "Sets a customer's limit. What is lent stays lent; less is lent from now on.")
        {
            owner, limit, reason, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            if (!TokenAmount.TryParse(result.GetRequiredValue(limit), out TokenAmount most))
                throw new CliException("--limit is no amount of cents.", CliException.Usage);
            string why = result.GetRequiredValue(reason).Trim();
            if (why.Length is 0 or > ReasonLengthMax)
                throw new CliException($"--reason is a text of 1 to {ReasonLengthMax} characters.", CliException.Usage);
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            Owner customer = await engine.OwnerAsync(result.GetRequiredValue(owner), token);
            await engine.WriteAsync(
                async (session, inner) =>
                {
                    await engine.Get<OwnerStore>().AuditAsync(
                        session, EngineAccess.Actor, "credit.set", customer.Id.ToString(), new { limit = $"{most}", reason = why }, inner);
                    await engine.Get<CreditLines>().SetAsync(session, customer.Id.Value, most, EngineAccess.Actor, why, inner);
                    return true;
                },
                token);
            await Console.Error.WriteLineAsync($"{customer.Name} is lent {most} cents at one time at most.");
            return 0;
        });
        return command;
    }
}
