using System.CommandLine;
using System.Text.Json;
using ChainExec.Flows;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec flow</c>: what flows do, and what operators do about their effects outside.</summary>
internal static class FlowCommands
{
    private const int ListMax = 200;

    public static Command Create() => new("flow", "Flows of funds.")
    {
        CreateList(), CreateShow(), CreateDiscrepancies(), CreateQuarantine(), FlowDecideCommand.Create(),
        CreateVerb("retry", "Finds out again what became of an effect outside.", EffectVerb.Retry),
        CreateVerb("skip", "Has an effect that was not asked yet never be asked: its flow takes it as rejected.", EffectVerb.Skip),
        CreateVerb(
            "reject", "It did not happen outside and will not: the flow compensates as its definition says.", EffectVerb.Reject),
        CreateVerb("confirm", "It happened outside: the flow goes on.", EffectVerb.Confirm),
    };

    private static Command CreateList()
    {
        (Option<bool> json, Option<string?> database, Option<string?> config) = (Settings.Json(), Settings.Database(), Settings.Config());
        var command = new Command("list", $"The newest {ListMax} flows.") { json, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<FlowSummary> flows = await engine.Get<FlowQueries>().ListAsync(owner: null, before: null, ListMax, token);
            if (result.GetValue(json))
                Output.WriteJson(flows);
            else
                Output.WriteTable(
                    ["flow", "key", "id", "state", "outcome", "started"],
                    [.. flows.Select(flow => (IReadOnlyList<string>)
                        [$"{flow.Flow} v{flow.Version}", flow.Key, $"{flow.Id}", flow.State, flow.Outcome ?? "", $"{flow.StartedAt:u}"])]);
            return 0;
        });
        return command;
    }

    private static Command CreateShow()
    {
        var id = new Argument<string>("id") { Description = "flow_…" };
        (Option<bool> json, Option<string?> database, Option<string?> config) = (Settings.Json(), Settings.Database(), Settings.Config());
        var command = new Command("show", "A flow's live tree: what waits, what fired, what was asked outside, the next timer.")
        {
            id, json, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            FlowView view = await FindAsync(engine, result.GetRequiredValue(id), token);
            if (result.GetValue(json))
                Output.WriteJson(view);
            else
                await Console.Out.WriteAsync(FlowText.Of(view));
            return 0;
        });
        return command;
    }

    /// <exception cref="CliException">There is none.</exception>
    internal static async Task<FlowView> FindAsync(EngineAccess engine, string id, CancellationToken cancellationToken) =>
        (PublicId.TryParse(FlowId.Prefix, id, out Guid value)
            ? await engine.Get<FlowQueries>().FindAsync(owner: null, new FlowId(value), cancellationToken)
            : null) ?? throw new CliException($"There is no flow {id}.");

    private static Command CreateDiscrepancies()
    {
        (Option<bool> json, Option<string?> database, Option<string?> config) = (Settings.Json(), Settings.Database(), Settings.Config());
        var command = new Command("discrepancies", "What does not agree and waits for an operator; 1 when there is any.")
        {
            json, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<FlowDiscrepancy> open = await engine.Get<FlowQueries>().DiscrepanciesAsync(ListMax, token);
            if (result.GetValue(json))
                Output.WriteJson(open);
            else
                Output.WriteTable(
                    ["kind", "key", "since", "detail"],
                    [.. open.Select(each => (IReadOnlyList<string>)[each.Kind, each.Key, $"{each.OpenedAt:u}", each.Detail])]);
            return open.Count == 0 ? 0 : 1;
        });
        return command;
    }

    private static Command CreateQuarantine()
    {
        (Option<bool> json, Option<string?> database, Option<string?> config) = (Settings.Json(), Settings.Database(), Settings.Config());
        var command = new Command("quarantine", "Messages of providers that were kept apart: not signed, or signed and of no use.")
        {
            json, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IReadOnlyList<QuarantinedMessage> kept = await engine.Get<FlowQueries>().QuarantineAsync(ListMax, token);
            if (result.GetValue(json))
                Output.WriteJson(kept);
            else
                Output.WriteTable(
                    ["provider", "message", "signed", "why", "bytes", "received", "id"],
                    [.. kept.Select(each => (IReadOnlyList<string>)
                        [
                            each.Provider, each.Event ?? "", each.Signed ? "yes" : "no", each.Reason, $"{each.Bytes}",
                            $"{each.ReceivedAt:u}", $"{each.Id}",
                        ])]);
            return 0;
        });
        return command;
    }

    private static Command CreateVerb(string name, string description, EffectVerb verb)
    {
        var id = new Argument<string>("effect") { Description = "The effect's node, node_…, as flow show prints it." };
        var reason = new Option<string>("--reason") { Description = "Why; kept with the effect and in the audit.", Required = true };
        var told = new Option<string?>("--result") { Description = "For confirm: the provider's answer as JSON." };
        (Option<string?> database, Option<string?> config) = (Settings.Database(), Settings.Config());
        var command = new Command(name, description) { id, reason, database, config };
        if (verb == EffectVerb.Confirm)
            command.Add(told);
        command.SetAction(async (result, token) =>
        {
            string text = result.GetRequiredValue(id);
            if (!PublicId.TryParse("node", text, out Guid effect))
                throw new CliException($"{text} is no node's id.", CliException.Usage);
            string why = result.GetRequiredValue(reason).Trim();
            if (why.Length is 0 or > 500)
                throw new CliException("--reason is a text of 1 to 500 characters.", CliException.Usage);
            JsonElement? answer = verb == EffectVerb.Confirm ? ReadJson(result.GetValue(told)) : null;
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            VerbResult done = await engine.WriteAsync(
                async (session, inner) =>
                {
                    VerbResult outcome = await engine.Get<EffectOperator>().DoAsync(
                        session, effect, verb, answer, why, EngineAccess.Actor, inner);
                    if (outcome is VerbResult.Done)
                        await engine.Get<OwnerStore>().AuditAsync(
                            session, EngineAccess.Actor, $"flow.{name}", text, new { reason = why, result = answer }, inner);
                    return outcome;
                },
                token);
            if (done is VerbResult.NoAnswer(var flaw))
                throw new CliException($"--result is no answer to this: {flaw}", CliException.Usage);
            return await SayAsync(text, done);
        });
        return command;
    }

    private static async Task<int> SayAsync(string effect, VerbResult result)
    {
        await Console.Error.WriteLineAsync(result switch
        {
            VerbResult.Done(var state) => $"{effect} is {EnumText.Of(state)}.",
            VerbResult.NotOffered(var state, var offered) =>
                $"{effect} is {EnumText.Of(state)}; offered: {string.Join(", ", offered.Select(verb => EnumText.Of(verb)))}.",
            VerbResult.Busy => $"{effect} is being asked at this moment; try again.",
            _ => $"There is no effect {effect}.",
        });
        return result is VerbResult.Done ? 0 : 1;
    }

    private static JsonElement ReadJson(string? text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text ?? throw new CliException("confirm needs --result.", CliException.Usage));
        }
        catch (JsonException)
        {
            throw new CliException("--result is no JSON.", CliException.Usage);
        }
    }
}
