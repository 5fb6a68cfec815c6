using System.CommandLine;
using System.Globalization;
using ChainExec.Execution;
using ChainExec.Governance;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec incident</c>: what an operator must be told.</summary>
internal static class IncidentCommands
{
    private const int ShownMax = 1000;

    public static Command Create() => new("incident", "What an operator must be told: docs/runbooks/incidents.md.") { CreateList(),
        CreateClose() };

    private static Command CreateList()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("list", "The open incidents, oldest first.") { json, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<Incident> open = await engine.Get<IncidentStore>().OpenOnesAsync(ShownMax, token);
            if (result.GetValue(json))
                Output.WriteJson(open);
            else
                Output.WriteTable(
                    ["opened", "kind", "subject", "detail"],
                    [.. open.Select(incident => (IReadOnlyList<string>)
                    [
                        incident.OpenedAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture), incident.Kind, incident.Subject,
                            incident.Detail,
                    ])]);
            return 0;
        });
        return command;
    }

    private static Command CreateClose()
    {
        var kind = new Argument<string>("kind") { Description = "As listed." };
        var subject = new Argument<string>("subject") { Description = "As listed." };
        var reason = new Option<string>("--reason") { Description = "What it was: kept in the audit.", Required = true };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("close", "Closes an incident that is understood. What recurs is told again.")
        {
            kind, subject, reason, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (string what, string whom) = (result.GetRequiredValue(kind), result.GetRequiredValue(subject));
            int closed = await engine.WriteAsync(
                async (session, inner) =>
                {
                    int rows = await engine.Get<IncidentStore>().CloseAsync(session, what, whom, inner);
                    if (rows > 0)
                        await engine.Get<OwnerStore>().AuditAsync(
                            session, EngineAccess.Actor, "incident.close", whom, new { kind = what,
                            reason = result.GetRequiredValue(reason) },
                            inner);
                    return rows;
                },
                token);
            await Console.Error.WriteLineAsync(closed > 0 ? "Closed." : "There is no such open incident.");
            return closed > 0 ? 0 : 1;
        });
        return command;
    }
}
