using System.CommandLine;
using System.Globalization;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec freeze</c>: freezes of owners, accounts and addresses, halts of a chain or of everything.</summary>
internal static class FreezeCommands
{
    private const int ShownMax = 1000;

    private static readonly string[] Scopes = [.. Enum.GetValues<FreezeScope>().Select(scope => EnumText.Of(scope))];

    public static Command Create() => new(
        "freeze",
        "Stops an owner, an account or an address (what is signed already ends by filling its nonce), or halts signing on a chain or "
        + "everywhere.")
    {
        CreateMake(), CreateLift(), CreateList(),
    };

    private static Command CreateMake()
    {
        (Option<string> scope, Option<string?> subject) = Named();
        var reason = new Option<string>("--reason") { Description = "Why; shown to operators.", Required = true };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("make", "Freezes something from now on.") { scope, subject, reason, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (FreezeScope what, string whom) = await ReadAsync(engine, result.GetRequiredValue(scope), result.GetValue(subject), token);
            bool made = await engine.WriteAsync(
                (session, inner) => engine.Get<FreezeStore>().FreezeAsync(
                    session, what, whom, result.GetRequiredValue(reason), EngineAccess.Actor, inner),
                token);
            await Console.Error.WriteLineAsync(made ? $"Frozen: {EnumText.Of(what)} {whom}." : "It is frozen already.");
            return 0;
        });
        return command;
    }

    private static Command CreateLift()
    {
        (Option<string> scope, Option<string?> subject) = Named();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("lift", "Ends a freeze; what waited for it goes on by itself.") { scope, subject, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (FreezeScope what, string whom) = await ReadAsync(engine, result.GetRequiredValue(scope), result.GetValue(subject), token);
            bool lifted = await engine.WriteAsync(
                (session, inner) => engine.Get<FreezeStore>().LiftAsync(session, what, whom, EngineAccess.Actor, inner), token);
            await Console.Error.WriteLineAsync(lifted ? $"Lifted: {EnumText.Of(what)} {whom}." : "It is not frozen.");
            return lifted ? 0 : 1;
        });
        return command;
    }

    private static Command CreateList()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("list", "What is frozen or halted now.") { json, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<Freeze> open = await engine.WriteAsync(
                (session, inner) => engine.Get<FreezeStore>().OpenOnesAsync(session, ShownMax, inner), token);
            if (result.GetValue(json))
                Output.WriteJson(open);
            else
                Output.WriteTable(
                    ["scope", "subject", "since", "by", "reason"],
                    [.. open.Select(freeze => (IReadOnlyList<string>)
                    [
                        EnumText.Of(freeze.Scope), freeze.Subject, freeze.At.UtcDateTime.ToString("u", CultureInfo.InvariantCulture),
                            freeze.By,
                        freeze.Reason,
                    ])]);
            return 0;
        });
        return command;
    }

    private static (Option<string> Scope, Option<string?> Subject) Named()
    {
        var scope = new Option<string>("--scope") { Description = $"One of {string.Join(", ", Scopes)}.", Required = true };
        scope.AcceptOnlyFromAmong(Scopes);
        var subject = new Option<string?>("--subject")
        {
            Description = "A chain id, an owner's name, an account's id (acc_…), or an address; nothing for all.",
        };
        return (scope, subject);
    }

    private static async Task<(FreezeScope Scope, string Subject)> ReadAsync(
        EngineAccess engine, string scope, string? subject, CancellationToken cancellationToken)
    {
        FreezeScope what = EnumText.Parse<FreezeScope>(scope);
        if (what == FreezeScope.All)
            return subject is null ? (what, "*") : throw new CliException("all takes no --subject.", CliException.Usage);
        string text = subject ?? throw new CliException($"{scope} needs a --subject.", CliException.Usage);
        return what switch
        {
            FreezeScope.Chain when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long chain) =>
                (what, FreezeStore.SubjectOf(chain)),
            FreezeScope.Owner => (what, FreezeStore.SubjectOf((await engine.OwnerAsync(text, cancellationToken)).Id.Value)),
            FreezeScope.Account when PublicId.TryParse(AccountId.Prefix, text, out Guid account) => (what, FreezeStore.SubjectOf(account)),
            FreezeScope.Address when Address.TryParse(text, out Address address, out _) => (what, FreezeStore.SubjectOf(address)),
            _ => throw new CliException($"{text} is no {scope}.", CliException.Usage),
        };
    }
}
