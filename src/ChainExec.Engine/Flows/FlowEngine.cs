using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>
/// Fires rules, inside the transaction of the fact. Whoever brings an event and whoever brings a rule locks the key first, and each then
/// looks at what the other has left: whichever comes first, the rule fires once. Everything follows from the facts and their order.
/// </summary>
internal sealed class FlowEngine(
    FlowCatalogue catalogue, FlowStore store, FlowEffects effects, SuspenseBook suspense, DiscrepancyStore discrepancies)
{
    /// <summary>Rules fired by one fact at most.</summary>
    private const int FiringsMax = 64;

    public Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        if (fact.Type == FlowTimerDue.Type)
            return OnTimerAsync(session, fact, cancellationToken);
        if (fact.Type == FlowEffectDied.Type)
            return OnEffectDiedAsync(session, fact, cancellationToken);
        return fact.Type == FlowEffectEnded.Type
            ? OnEffectEndedAsync(session, fact, cancellationToken)
            : OnEventAsync(session, fact, cancellationToken);
    }

    private async Task OnEventAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        Moment moment = Moment.Of(fact);
        var arrived = new WaitingEvent(fact.Position, "", fact.Type, fact.Payload, fact.OccurredAt, Suspended: false);
        var happened = (IFlowEvent)arrived.Read(catalogue.EventOf(fact.Type));
        Guid? context = await store.LockKeyAsync(session, happened.CorrelationKey, cancellationToken);
        if (!await store.TakeInAsync(session, fact.Position, happened.EventId, fact.Type, happened.CorrelationKey, cancellationToken))
            return;
        arrived = arrived with { EventId = happened.EventId };
        FlowRun? run = context is { } id
            ? await LoadAsync(session, id, cancellationToken)
            : await StartAsync(session, arrived, happened, moment, cancellationToken);
        if (run is not null)
        {
            await SettleAsync(session, run, moment, cancellationToken);
            await store.SaveAsync(session, run, moment, cancellationToken);
        }

        bool taken = run is not null && run.Events.All(waiting => waiting.Position != fact.Position);
        if (happened is IMoneyEvidence money && !taken)
            await suspense.SuspendAsync(session, money, run?.Id, moment, cancellationToken);
    }

    private async Task OnTimerAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        Moment moment = Moment.Of(fact);
        FlowTimerDue due = fact.Read<FlowTimerDue>();
        FlowRun run = await LockAsync(session, fact.Key, due.Context, cancellationToken);
        if (run.Rules.Find(waiting => waiting.Id == due.Rule && !waiting.HasExpired) is not { } rule)
            return;
        ExpiryModel expiry = run.Model.Rule(rule.Name).Expiry
            ?? throw new InvalidOperationException($"Rule {rule.Name} of {run.Model} does not expire.");
        await store.ExpireRuleAsync(session, rule.Id, moment, cancellationToken);
        run.Rules[run.Rules.IndexOf(rule)] = rule with { HasExpired = true };
        if (expiry.Closes)
            await ResolveAsync(session, run, rule.Id, "retracted", moment, cancellationToken);
        NewNode node = NodeOf(run, moment, rule.SpawnedBy, "expiry", expiry.Branch, rule.Id, eventPosition: null);
        await store.InsertNodeAsync(session, run, node, moment, cancellationToken);
        await DoAsync(session, run, run.Model.Rule(expiry.Branch), node, Occasion.Instance, moment, cancellationToken);
        await SettleAsync(session, run, moment, cancellationToken);
        await store.SaveAsync(session, run, moment, cancellationToken);
    }

    private async Task OnEffectEndedAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        Moment moment = Moment.Of(fact);
        FlowEffectEnded ended = fact.Read<FlowEffectEnded>();
        FlowRun run = await LockAsync(session, fact.Key, ended.Context, cancellationToken);
        await store.EndNodeAsync(session, ended.Effect, ended.Outcome, cancellationToken);
        await discrepancies.ResolveOfEffectAsync(session, ended.Effect, moment, cancellationToken);
        if (!await store.TakeInAsync(session, fact.Position, $"effect:{ended.Effect:n}", fact.Type, run.Key, cancellationToken))
            return;
        run.Events.Add(new WaitingEvent(fact.Position, $"effect:{ended.Effect:n}", fact.Type, fact.Payload, fact.OccurredAt, false));
        await SettleAsync(session, run, moment, cancellationToken);
        await store.SaveAsync(session, run, moment, cancellationToken);
    }

    private async Task OnEffectDiedAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        Moment moment = Moment.Of(fact);
        FlowEffectDied died = fact.Read<FlowEffectDied>();
        FlowRun run = await LockAsync(session, fact.Key, died.Context, cancellationToken);
        await discrepancies.OpenAsync(
            session, FlowIds.OfEvent(moment.At, $"{moment.Position}", DiscrepancyStore.EffectDied), DiscrepancyStore.EffectDied, run,
            died.Effect, $"{died.Provider}.{died.Operation}: {died.Detail}", moment, cancellationToken);
    }

    private async Task<FlowRun> LockAsync(DbSession session, string key, Guid context, CancellationToken cancellationToken) =>
        await store.LockKeyAsync(session, key, cancellationToken) == context
            ? await LoadAsync(session, context, cancellationToken)
            : throw new InvalidOperationException($"{key} is not the key of context {context}.");

    private async Task<FlowRun> LoadAsync(DbSession session, Guid id, CancellationToken cancellationToken)
    {
        ContextRow row = await store.LockContextAsync(session, id, cancellationToken)
            ?? throw new InvalidOperationException($"There is no context {id}.");
        FlowModel model = catalogue.Get(row.Flow, row.Version, row.Fingerprint);
        var run = new FlowRun(model, row.Id, row.Key, ReadData(model, row), row.Next, row.IsOpen);
        if (row.IsOpen)
            run.Rules.AddRange(await store.WaitingRulesAsync(session, id, cancellationToken));
        run.Events.AddRange(await store.WaitingEventsAsync(session, id, cancellationToken));
        return run;
    }

    private static object ReadData(FlowModel model, ContextRow row) =>
        System.Text.Json.JsonSerializer.Deserialize(row.Data, model.Context, FactJson.Options)
        ?? throw new InvalidOperationException($"Context {row.Id} has no data.");

    private async Task<FlowRun?> StartAsync(
        DbSession session, WaitingEvent arrived, IFlowEvent happened, Moment moment, CancellationToken cancellationToken)
    {
        foreach ((FlowModel model, RuleModel rule) in catalogue.StartsOn(arrived.Type))
        {
            if (rule.Triggers[0].When is { } when && !when.Evaluate<bool>(happened, Occasion.Instance))
                continue;
            object data = rule.Context!.Evaluate<object>(happened, Occasion.Instance);
            Guid id = FlowIds.Context(moment.At, happened.CorrelationKey);
            var run = new FlowRun(model, id, happened.CorrelationKey, data, nextOrdinal: 1, isOpen: true);
            await store.InsertContextAsync(session, run, moment, cancellationToken);
            run.Events.AddRange(await store.WaitingEventsAsync(session, id, cancellationToken));
            await SpawnAsync(session, run, rule.Name, spawnedBy: null, moment, cancellationToken);
            await FireAsync(
                session, run, run.Rules[0], run.Events.Find(waiting => waiting.Position == arrived.Position)!, happened, moment,
                cancellationToken);
            return run;
        }

        return null;
    }

    // Each pass takes the oldest event that some waiting rule wants; of several rules the first spawned one.
    private async Task SettleAsync(DbSession session, FlowRun run, Moment moment, CancellationToken cancellationToken)
    {
        for (int fired = 0; run.IsOpen && FindMatch(run) is var (rule, waiting, happened, trigger); fired++)
        {
            if (fired == FiringsMax)
                throw new InvalidOperationException($"Context {run.Id} fired {FiringsMax} rules for one fact and wants to fire more.");
            if (run.Model.Rule(rule.Name).Mode == TriggerMode.All && rule.Heard.Count + 1 < run.Model.Rule(rule.Name).Triggers.Count)
                await HearAsync(session, run, rule, waiting, trigger, cancellationToken);
            else
                await FireAsync(session, run, rule, waiting, happened, moment, cancellationToken);
        }
    }

    private static (WaitingRule Rule, WaitingEvent Event, object Happened, int Trigger)? FindMatch(FlowRun run)
    {
        foreach (WaitingEvent waiting in run.Events)
        {
            foreach (WaitingRule rule in run.Rules)
            {
                if (Match(run, rule, waiting) is var (happened, trigger))
                    return (rule, waiting, happened, trigger);
            }
        }

        return null;
    }

    private static (object Happened, int Trigger)? Match(FlowRun run, WaitingRule rule, WaitingEvent waiting)
    {
        RuleModel model = run.Model.Rule(rule.Name);
        if (waiting.Type == FlowEffectEnded.Type)
        {
            FlowEffectEnded ended = (FlowEffectEnded)waiting.Read(typeof(FlowEffectEnded));
            return ended.Effect == rule.BoundEffect && ended.Outcome == rule.BoundOutcome
                ? (System.Text.Json.JsonSerializer.Deserialize(ended.Result, model.Result!, FactJson.Options)!, 0)
                : null;
        }

        for (int index = 0; index < model.Triggers.Count; index++)
        {
            TriggerModel trigger = model.Triggers[index];
            if (trigger.EventType != waiting.Type || rule.Hears(index))
                continue;
            object happened = waiting.Read(trigger.Event);
            if (trigger.When is null || trigger.When.Evaluate<bool>(happened, run.Data))
                return (happened, index);
        }

        return null;
    }

    private async Task HearAsync(
        DbSession session, FlowRun run, WaitingRule rule, WaitingEvent waiting, int trigger, CancellationToken cancellationToken)
    {
        WaitingRule heard = rule with { Heard = [.. rule.Heard, trigger] };
        run.Rules[run.Rules.IndexOf(rule)] = heard;
        run.Events.Remove(waiting);
        await store.HearAsync(session, heard, cancellationToken);
        await store.ConsumeEventAsync(session, waiting.Position, rule.Id, cancellationToken);
    }

    private async Task FireAsync(
        DbSession session, FlowRun run, WaitingRule rule, WaitingEvent waiting, object happened, Moment moment,
        CancellationToken cancellationToken)
    {
        RuleModel model = run.Model.Rule(rule.Name);
        await ResolveAsync(session, run, rule.Id, "consumed", moment, cancellationToken);
        run.Events.Remove(waiting);
        await store.ConsumeEventAsync(session, waiting.Position, rule.Id, cancellationToken);
        // The other answer of the same call cannot come any more.
        if (rule.BoundEffect is { } effect)
        {
            foreach (WaitingRule other in run.Rules.Where(other => other.BoundEffect == effect).ToList())
                await ResolveAsync(session, run, other.Id, "retracted", moment, cancellationToken);
        }

        NewNode node = NodeOf(run, moment, rule.SpawnedBy, "firing", rule.Name, rule.Id, waiting.Position);
        await store.InsertNodeAsync(session, run, node, moment, cancellationToken);
        if (waiting.Suspended && happened is IMoneyEvidence money)
            await suspense.ReleaseAsync(session, money, waiting.Position, moment, cancellationToken);
        object read = model.Triggers.Count > 1 ? Occasion.Instance : happened;
        await DoAsync(session, run, model, node, read, moment, cancellationToken);
    }

    private async Task DoAsync(
        DbSession session, FlowRun run, RuleModel model, NewNode node, object happened, Moment moment, CancellationToken cancellationToken)
    {
        EffectsResult result = await effects.RunAsync(session, run, model, node, happened, moment, cancellationToken);
        foreach ((string rule, Guid effect, string outcome) in result.Answers)
            await SpawnAsync(session, run, rule, node.Id, moment, cancellationToken, effect, outcome);
        if (result.Instead is { } branch)
        {
            await DoAsync(session, run, run.Model.Rule(branch), node, Occasion.Instance, moment, cancellationToken);
            return;
        }

        foreach (string child in model.Children)
            await SpawnAsync(session, run, child, node.Id, moment, cancellationToken);
        if (model.Outcome is not { } outcomeName)
            return;
        run.End(outcomeName);
        foreach (WaitingRule left in run.Rules.ToList())
            await ResolveAsync(session, run, left.Id, "retracted", moment, cancellationToken);
    }

    private async Task SpawnAsync(
        DbSession session, FlowRun run, string name, Guid? spawnedBy, Moment moment, CancellationToken cancellationToken,
        Guid? boundEffect = null, string? boundOutcome = null)
    {
        int ordinal = run.TakeOrdinal();
        var rule = new WaitingRule(
            FlowIds.Part(moment.At, run.Id, ordinal), name, spawnedBy, boundEffect, boundOutcome, Heard: [], HasExpired: false);
        DateTimeOffset? expiresAt = run.Model.Rule(name).Expiry?.Wait.EndsAt(moment.At);
        run.Rules.Add(rule);
        await store.InsertRuleAsync(session, run, rule, ordinal, expiresAt, moment, cancellationToken);
    }

    private async Task ResolveAsync(
        DbSession session, FlowRun run, Guid rule, string state, Moment moment, CancellationToken cancellationToken)
    {
        run.Rules.RemoveAll(waiting => waiting.Id == rule);
        await store.ResolveRuleAsync(session, rule, state, moment, cancellationToken);
    }

    private static NewNode NodeOf(
        FlowRun run, Moment moment, Guid? parent, string kind, string name, Guid? rule, long? eventPosition)
    {
        int ordinal = run.TakeOrdinal();
        return new NewNode(FlowIds.Part(moment.At, run.Id, ordinal), parent, ordinal, kind, name, "done", rule, eventPosition, "{}");
    }
}
