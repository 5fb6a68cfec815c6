using System.CommandLine;
using ChainExec.Flows;
using ChainExec.Governance;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec flow decide</c>: an answer to what a flow asks of people.</summary>
internal static class FlowDecideCommand
{
    private const int TextLengthMax = 500;

    public static Command Create()
    {
        var id = new Argument<string>("id") { Description = "flow_…" };
        var question = new Option<string>("--question") { Description = "What the flow asks, as flow show names it.", Required = true };
        var answer = new Option<string>("--answer") { Description = "For example release or seize.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the flow and in the audit.", Required = true };
        (Option<string?> database, Option<string?> config) = (Settings.Database(), Settings.Config());
        var command = new Command("decide", "Answers what a flow asks of people. Refused when no rule waits for the answer.")
        {
            id, question, answer, reason, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            FlowView flow = await FlowCommands.FindAsync(engine, result.GetRequiredValue(id), token);
            var decided = new FlowDecided(
                Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), flow.Key, Said(result.GetRequiredValue(question)),
                Said(result.GetRequiredValue(answer)), EngineAccess.Actor, Said(result.GetRequiredValue(reason)));
            DecideResult told = await engine.WriteAsync(
                async (session, inner) =>
                {
                    DecideResult outcome = await engine.Get<FlowDecisions>().DecideAsync(session, flow.Key, decided, inner);
                    if (outcome is DecideResult.Told)
                        await engine.Get<OwnerStore>().AuditAsync(
                            session, EngineAccess.Actor, "flow.decide", flow.Id.ToString(), decided, inner);
                    return outcome;
                },
                token);
            await Console.Error.WriteLineAsync(told switch
            {
                DecideResult.Told => $"{flow.Id} is told.",
                DecideResult.AlreadyDecided => $"{decided.Question} was decided a moment ago; look again.",
                _ => $"{flow.Id} asks no {decided.Question} that {decided.Answer} answers.",
            });
            return told is DecideResult.Told ? 0 : 1;
        });
        return command;
    }

    private static string Said(string text) => text.Trim() is { Length: > 0 and <= TextLengthMax } said
        ? said
        : throw new CliException($"A text of 1 to {TextLengthMax} characters is wanted.", CliException.Usage);
}
