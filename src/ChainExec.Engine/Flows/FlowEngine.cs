using System.Text.Json;
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
    private const int FiringsMax = 128;

    public Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        if (fact.Type == FlowTimerDue.Type)
            return OnTimerAsync(session, fact, cancellationToken);
        if (fact.Type == FlowEvidenceUnusable.Type)
            return OnEvidenceUnusableAsync(session, fact, cancellationToken);
        if (fact.Type == FlowEffectAnsweredLate.Type)
            return OnEffectAnsweredLateAsync(session, fact, cancellationToken);
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
        TakenIn taken = await store.TakeInAsync(session, fact, happened.EventId, happened.CorrelationKey, cancellationToken);
        if (taken == TakenIn.Contradicts)
            await PutApartAsync(session, fact, happened, context, moment, cancellationToken);
        if (taken is TakenIn.Known or TakenIn.Contradicts)
            return;
        arrived = arrived with { EventId = happened.EventId, Suspended = taken == TakenIn.Kept };
        // A context that has ended takes nothing more, and its definition may be gone from this build.
        FlowRun? run = context is not { } id ? await StartAsync(session, arrived, happened, moment, cancellationToken)
            : await RowAsync(session, id, cancellationToken) is { IsOpen: true } row ? await LoadAsync(session, row, cancellationToken)
            : null;
        if (run is not null)
        {
            if (!run.Taken.Contains(fact.Position))
                run.Events.Add(arrived);
            await SettleAsync(session, run, moment, cancellationToken);
            await store.SaveAsync(session, run, moment, cancellationToken);
        }

        if (happened is IMoneyEvidence money && !arrived.Suspended && run?.Taken.Contains(fact.Position) != true)
            await suspense.SuspendAsync(session, money, DiscrepancyStore.UnmatchedMoney, run?.Id ?? context, moment, cancellationToken);
    }

    /// <summary>Money is booked though the fact that proves it could not be handled; a rule that takes it later undoes that.</summary>
    public async Task SuspendParkedAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        if (!catalogue.IsEvent(fact.Type)
            || fact.Payload.Deserialize(catalogue.EventOf(fact.Type), FactJson.Options) is not IMoneyEvidence money)
            return;
        await store.LockKeyAsync(session, money.CorrelationKey, cancellationToken);
        if (await store.TakeInAsync(session, fact, money.EventId, money.CorrelationKey, cancellationToken) == TakenIn.New)
            await suspense.SuspendAsync(
                session, money, DiscrepancyStore.UnmatchedMoney, context: null, Moment.Of(fact), cancellationToken);
    }

    // The same id and another content: one of the two is not what happened, and nobody but a person can say which.
    private async Task PutApartAsync(
        DbSession session, Fact fact, IFlowEvent happened, Guid? context, Moment moment, CancellationToken cancellationToken)
    {
        string id = FlowIds.Apart(happened.EventId, fact.Payload.GetRawText());
        if (!await store.PutApartAsync(session, fact, id, happened.CorrelationKey, cancellationToken))
            return;
        if (happened is IMoneyEvidence money)
            await suspense.SuspendAsync(session, money, DiscrepancyStore.EvidenceContradicts, context, moment, cancellationToken);
        else
            await discrepancies.OpenAsync(
                session, FlowIds.OfEvent(moment.At, id, DiscrepancyStore.EvidenceContradicts), DiscrepancyStore.EvidenceContradicts,
                happened.CorrelationKey, context, effect: null, $"{happened.EventId} was told before with another content.", moment,
                cancellationToken);
    }

    private async Task OnTimerAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        Moment moment = Moment.Of(fact);
        FlowTimerDue due = fact.Read<FlowTimerDue>();
        ContextRow row = await LockAsync(session, fact.Key, due.Context, cancellationToken);
        if (!row.IsOpen)
            return;
        FlowRun run = await LoadAsync(session, row, cancellationToken);
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
        ContextRow row = await LockAsync(session, fact.Key, ended.Context, cancellationToken);
        await store.EndNodeAsync(session, ended.Effect, ended.Outcome, cancellationToken);
        await discrepancies.ResolveOfEffectAsync(session, ended.Effect, ended.Outcome, moment, cancellationToken);
        if (await store.TakeInAsync(session, fact, $"effect:{ended.Effect:n}", row.Key, cancellationToken) != TakenIn.New)
            return;
        if (!row.IsOpen)
        {
            await discrepancies.OpenAsync(
                session, FlowIds.OfEvent(moment.At, $"{moment.Position}", DiscrepancyStore.AnswerAfterEnd), DiscrepancyStore.AnswerAfterEnd,
                row.Key, row.Id, effect: null,
                $"Effect {ended.Effect} was {ended.Outcome} after the flow had ended: {ended.Result.GetRawText()}", moment,
                cancellationToken);
            return;
        }

        FlowRun run = await LoadAsync(session, row, cancellationToken);
        run.Events.Add(new WaitingEvent(fact.Position, $"effect:{ended.Effect:n}", fact.Type, fact.Payload, fact.OccurredAt, false));
        await SettleAsync(session, run, moment, cancellationToken);
        await store.SaveAsync(session, run, moment, cancellationToken);
    }

    private async Task OnEffectDiedAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        Moment moment = Moment.Of(fact);
        FlowEffectDied died = fact.Read<FlowEffectDied>();
        ContextRow row = await LockAsync(session, fact.Key, died.Context, cancellationToken);
        await discrepancies.OpenAsync(
            session, FlowIds.OfEvent(moment.At, $"{moment.Position}", DiscrepancyStore.EffectDied), DiscrepancyStore.EffectDied, row.Key,
            row.Id, died.Effect, $"{died.Provider}.{died.Operation}: {died.Detail}", moment, cancellationToken);
    }

    private Task OnEvidenceUnusableAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        FlowEvidenceUnusable told = fact.Read<FlowEvidenceUnusable>();
        return discrepancies.OpenAsync(
            session, told.Evidence, DiscrepancyStore.EvidenceUnusable, fact.Key, context: null, effect: null,
            $"{told.Provider} told {told.Event} under its signature: {told.Reason}. Nothing follows from it.", Moment.Of(fact),
            cancellationToken);
    }

    private async Task OnEffectAnsweredLateAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        Moment moment = Moment.Of(fact);
        FlowEffectAnsweredLate late = fact.Read<FlowEffectAnsweredLate>();
        ContextRow row = await LockAsync(session, fact.Key, late.Context, cancellationToken);
        if (await store.NodeStateAsync(session, late.Effect, cancellationToken) == late.Outcome)
            return;
        string kind = DiscrepancyStore.AnsweredLate(late.Outcome);
        await discrepancies.OpenAsync(
            session, FlowIds.OfEvent(moment.At, $"{moment.Position}", kind), kind, row.Key, row.Id, late.Effect,
            $"The provider said {late.Outcome} when the effect had been taken by somebody else: {late.Answer}", moment, cancellationToken);
    }

    private async Task<ContextRow> LockAsync(DbSession session, string key, Guid context, CancellationToken cancellationToken) =>
        await store.LockKeyAsync(session, key, cancellationToken) == context
            ? await RowAsync(session, context, cancellationToken)
            : throw new InvalidOperationException($"{key} is not the key of context {context}.");

    private async Task<ContextRow> RowAsync(DbSession session, Guid id, CancellationToken cancellationToken) =>
        await store.LockContextAsync(session, id, cancellationToken)
            ?? throw new InvalidOperationException($"There is no context {id}.");

    private async Task<FlowRun> LoadAsync(DbSession session, ContextRow row, CancellationToken cancellationToken)
    {
        FlowModel model = catalogue.Get(row.Flow, row.Version, row.Fingerprint);
        var run = new FlowRun(model, row.Id, row.Key, row.Read(model), row.Next, row.IsOpen);
        run.Rules.AddRange(await store.WaitingRulesAsync(session, row.Id, cancellationToken));
        return run;
    }

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
            await SpawnAsync(session, run, rule.Name, spawnedBy: null, moment, cancellationToken);
            await FireAsync(session, run, run.Rules[0], arrived, happened, moment, cancellationToken);
            return run;
        }

        return null;
    }

    // Each pass takes the oldest event that some waiting rule wants; of several rules the first spawned one. When all is settled no rule
    // wants an event that waits: until something has changed only the event that has come is looked at.
    private async Task SettleAsync(DbSession session, FlowRun run, Moment moment, CancellationToken cancellationToken)
    {
        int fired = 0;
        while (run.IsOpen && await NextAsync(session, run, cancellationToken) is var (rule, waiting, happened, trigger))
        {
            if (fired++ == FiringsMax)
                throw new InvalidOperationException($"Context {run.Id} fired {FiringsMax} rules for one fact and wants to fire more.");
            if (run.Model.Rule(rule.Name).Mode == TriggerMode.All && rule.Heard.Count + 1 < run.Model.Rule(rule.Name).Triggers.Count)
                await HearAsync(session, run, rule, waiting, trigger, cancellationToken);
            else
                await FireAsync(session, run, rule, waiting, happened, moment, cancellationToken);
        }
    }

    private async Task<(WaitingRule Rule, WaitingEvent Event, object Happened, int Trigger)?> NextAsync(
        DbSession session, FlowRun run, CancellationToken cancellationToken)
    {
        if (!run.HasChanged)
            return FindMatch(run, run.Events);
        string[] types =
        [
            .. run.Rules.SelectMany(rule => run.Model.Rule(rule.Name).Triggers).Select(trigger => trigger.EventType)
                .Append(FlowEffectEnded.Type).Distinct(StringComparer.Ordinal),
        ];
        long after = -1;
        IReadOnlyList<WaitingEvent> page;
        do
        {
            page = await store.WaitingEventsAsync(session, run.Id, types, after, cancellationToken);
            if (FindMatch(run, page) is { } match)
                return match;
            after = page.Count > 0 ? page[^1].Position : after;
        }
        while (page.Count == FlowStore.WaitingEventsMax);
        return null;
    }

    private static (WaitingRule Rule, WaitingEvent Event, object Happened, int Trigger)? FindMatch(
        FlowRun run, IEnumerable<WaitingEvent> events)
    {
        foreach (WaitingEvent waiting in events)
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
                ? (ended.Result.Deserialize(model.Result!, FactJson.Options)!, 0)
                : null;
        }

        for (int index = 0; index < model.Triggers.Count; index++)
        {
            TriggerModel trigger = model.Triggers[index];
            if (trigger.EventType != waiting.Type || rule.Hears(index))
                continue;
            object happened = waiting.Read(trigger.Event);
            // A decision answers the question that was asked when it was made, and no later one.
            if (happened is FlowDecided { Rule: { } asked } && asked != rule.Id)
                continue;
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
        run.Take(waiting);
        run.HasChanged = true;
        await store.HearAsync(session, heard, cancellationToken);
        await store.ConsumeEventAsync(session, waiting.Position, rule.Id, cancellationToken);
    }

    private async Task FireAsync(
        DbSession session, FlowRun run, WaitingRule rule, WaitingEvent waiting, object happened, Moment moment,
        CancellationToken cancellationToken)
    {
        RuleModel model = run.Model.Rule(rule.Name);
        await ResolveAsync(session, run, rule.Id, "consumed", moment, cancellationToken);
        run.Take(waiting);
        await store.ConsumeEventAsync(session, waiting.Position, rule.Id, cancellationToken);
        foreach (WaitingRule other in run.Rules.Where(other => Excludes(rule, other)).ToList())
            await ResolveAsync(session, run, other.Id, "retracted", moment, cancellationToken);

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
        run.HasChanged = true;
        EffectsResult result = await effects.RunAsync(session, run, model, node, happened, moment, cancellationToken);
        foreach ((string rule, Guid effect, string outcome) in result.Answers)
            await SpawnAsync(session, run, rule, node.Id, moment, cancellationToken, effect, outcome);
        if (result.Instead is { } branch)
        {
            await DoAsync(session, run, run.Model.Rule(branch), node, Occasion.Instance, moment, cancellationToken);
            return;
        }

        foreach (string child in model.Children)
            await SpawnAsync(session, run, child, node.Id, moment, cancellationToken, isFirstOnly: model.IsFirstOnly);
        if (model.Outcome is not { } outcomeName)
            return;
        run.End(outcomeName);
        if (await effects.HoldsLeftAsync(session, run, cancellationToken) is { Count: > 0 } held)
            await discrepancies.OpenAsync(
                session, FlowIds.OfNode(moment.At, node.Id, DiscrepancyStore.HoldAfterEnd), DiscrepancyStore.HoldAfterEnd, run.Key, run.Id,
                effect: null, $"The flow ended as {outcomeName} and still holds {string.Join(", ", held)}.", moment, cancellationToken);
        foreach (WaitingRule left in run.Rules.ToList())
            await ResolveAsync(session, run, left.Id, "retracted", moment, cancellationToken);
    }

    private async Task SpawnAsync(
        DbSession session, FlowRun run, string name, Guid? spawnedBy, Moment moment, CancellationToken cancellationToken,
        Guid? boundEffect = null, string? boundOutcome = null, bool isFirstOnly = false)
    {
        int ordinal = run.TakeOrdinal();
        var rule = new WaitingRule(
            FlowIds.Part(moment.At, run.Id, ordinal), name, spawnedBy, boundEffect, boundOutcome, Heard: [], HasExpired: false,
            isFirstOnly);
        DateTimeOffset? expiresAt = run.Model.Rule(name).Expiry?.Wait.EndsAt(moment.At);
        run.Rules.Add(rule);
        await store.InsertRuleAsync(session, run, rule, ordinal, expiresAt, moment, cancellationToken);
    }

    // The other answer of the same call cannot come any more; and of rules of which only one fires, one has.
    private static bool Excludes(WaitingRule fired, WaitingRule other) =>
        (fired.BoundEffect is not null && other.BoundEffect == fired.BoundEffect)
        || (fired.IsFirstOnly && other.IsFirstOnly && other.SpawnedBy == fired.SpawnedBy);

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
