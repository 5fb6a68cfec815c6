using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>What a rule's effects lead to.</summary>
/// <param name="Answers">Rules that wait for a provider's answer, each with its effect and outcome.</param>
/// <param name="Instead">The branch to do in place of the rest, when a hold was refused.</param>
internal sealed record EffectsResult(IReadOnlyList<(string Rule, Guid Effect, string Outcome)> Answers, string? Instead);

/// <summary>Which call of a context it is.</summary>
/// <param name="Number">How often the rule has made it before.</param>
internal readonly record struct EffectPlace(string Rule, int Place, int Number)
{
    public string KeyIn(FlowRun run) => FlowIds.EffectKey(run.Model.Name, run.Key, Rule, Place, Number);
}

/// <summary>Does the effects of a rule in their order, each a node of the tree, all in the transaction of the firing.</summary>
internal sealed class FlowEffects(FlowStore store, LedgerStore ledger, FactWriter facts, DiscrepancyStore discrepancies)
{
    public async Task<EffectsResult> RunAsync(
        DbSession session, FlowRun run, RuleModel rule, NewNode firing, object happened, Moment moment, CancellationToken cancellationToken)
    {
        var answers = new List<(string, Guid, string)>();
        for (int place = 0; place < rule.Effects.Count; place++)
        {
            EffectModel effect = rule.Effects[place];
            int ordinal = run.TakeOrdinal();
            var node = new NewNode(
                FlowIds.Part(moment.At, run.Id, ordinal), firing.Id, ordinal, "effect", $"{effect.Kind}", "done", Rule: null,
                EventPosition: null, "{}");
            var doing = new Doing(session, run, node, happened, moment);
            node = effect switch
            {
                PostEffect post => await PostAsync(doing, post, cancellationToken),
                HoldEffect hold => await HoldAsync(doing, hold, cancellationToken),
                ReleaseEffect release => await ReleaseAsync(doing, release, cancellationToken),
                RememberEffect remember => Remember(doing, remember),
                AliasEffect alias => await AliasAsync(doing, alias, cancellationToken),
                EmitEffect emit => await EmitAsync(doing, emit, cancellationToken),
                AlertEffect alert => await AlertAsync(doing, alert, cancellationToken),
                ExternalEffect => node with { State = "pending" },
                _ => throw new InvalidOperationException($"Effect {effect.Kind} is not known."),
            };
            var at = new EffectPlace(
                rule.Name, place,
                effect is ExternalEffect ? await store.AskedAsync(session, run, rule.Name, place, cancellationToken) : 0);
            if (effect is ExternalEffect call)
                node = node with { Detail = Json(new { call.Provider, call.Operation, key = at.KeyIn(run) }) };
            await store.InsertNodeAsync(session, run, node, moment, cancellationToken);
            if (effect is HoldEffect refused && node.State == "refused")
                return new EffectsResult(answers, refused.Refused);
            if (effect is ExternalEffect external)
                answers.AddRange(await AskAsync(doing, external, at, cancellationToken));
        }

        return new EffectsResult(answers, Instead: null);
    }

    /// <summary>The names of holds of the context that are not resolved.</summary>
    public async Task<IReadOnlyList<string>> HoldsLeftAsync(DbSession session, FlowRun run, CancellationToken cancellationToken)
    {
        var left = new List<string>();
        foreach (string name in run.Model.Rules.SelectMany(rule => rule.Effects).OfType<HoldEffect>().Select(hold => hold.Name).Distinct())
        {
            IReadOnlyList<Hold> holds = await ledger.HoldsAsync(session, BoundTo(run, name), cancellationToken);
            if (holds.Any(hold => !hold.Remaining.IsZero))
                left.Add(name);
        }

        return left;
    }

    private async Task<NewNode> PostAsync(Doing doing, PostEffect effect, CancellationToken cancellationToken)
    {
        var lines = new List<PostingLine>();
        foreach (LegModel leg in effect.Legs)
        {
            TokenAmount amount = doing.Evaluate<TokenAmount>(leg.Amount);
            if (amount.IsZero)
                continue;
            lines.Add(PostingLine.Debit(doing.Evaluate<AccountSpec>(leg.Debit), amount));
            lines.Add(PostingLine.Credit(doing.Evaluate<AccountSpec>(leg.Credit), amount));
        }

        if (lines.Count == 0)
            return doing.Node with { State = "left_out", Detail = Json(new { kind = effect.PostingKind }) };
        HoldUse? use = effect.Hold is { } hold ? await UseAsync(doing, hold, lines, cancellationToken) : null;
        Guid id = FlowIds.OfNode(doing.Moment.At, doing.Node.Id, "posting");
        FlowRun run = doing.Run;
        var posting = new Posting
        {
            Id = new LedgerTransactionId(id),
            Key = $"flow:{doing.Node.Id:n}",
            Kind = effect.PostingKind,
            Context = Json(
                new { flow = run.Model.Name, run.Model.Version, context = new FlowId(run.Id).ToString(), node = doing.Node.Id }),
            EffectiveAt = doing.Moment.At,
            Lines = lines,
            HoldUse = use,
            SourcePosition = doing.Moment.Position,
            Mode = effect.Manner == PostManner.UpTo ? PostingMode.UpTo : PostingMode.Fixed,
            IsObserved = effect.Manner == PostManner.Observed,
        };
        PostingOutcome outcome = (await ledger.PostInTransactionAsync(doing.Session, [posting], freeze: false, cancellationToken))[0];
        if (effect.Manner == PostManner.UpTo && outcome.Code == LedgerCode.InsufficientFunds)
            return doing.Node with { State = "left_out", Detail = Json(new { kind = effect.PostingKind }) };
        return outcome is { IsPosted: true, Transaction: { } transaction }
            ? doing.Node with { Detail = Json(new { kind = effect.PostingKind, transaction = transaction.ToString() }) }
            : throw new LedgerRefusedException(outcome.Code, outcome.Detail);
    }

    private async Task<HoldUse?> UseAsync(Doing doing, string name, List<PostingLine> lines, CancellationToken cancellationToken)
    {
        IReadOnlyList<Hold> holds = await ledger.HoldsAsync(doing.Session, BoundTo(doing.Run, name), cancellationToken);
        if (holds.FirstOrDefault(open => !open.Remaining.IsZero) is not { } hold)
            throw new LedgerRefusedException(LedgerCode.HoldResolved, $"{BoundTo(doing.Run, name)} holds nothing that could be spent.");
        TokenAmount drawn = lines.Where(line => line.Side == EntrySide.Debit && line.Account.Code == hold.AccountCode)
            .Aggregate(TokenAmount.Zero, (sum, line) => sum + line.Amount);
        return drawn.IsZero ? null : new HoldUse(hold.Id, FlowMath.Min(drawn, hold.Remaining));
    }

    private async Task<NewNode> HoldAsync(Doing doing, HoldEffect effect, CancellationToken cancellationToken)
    {
        TokenAmount amount = doing.Evaluate<TokenAmount>(effect.Amount);
        var id = new HoldId(FlowIds.OfNode(doing.Moment.At, doing.Node.Id, "hold"));
        HoldResult result = await ledger.PlaceHoldAsync(
            doing.Session, id, doing.Evaluate<AccountSpec>(effect.Account), amount, BoundTo(doing.Run, effect.Name), cancellationToken);
        return result switch
        {
            HoldResult.Held(var hold, _) => doing.Node with { Detail = Json(new { effect.Name, amount, hold = hold.ToString() }) },
            HoldResult.Already(var hold) => doing.Node with { Detail = Json(new { effect.Name, amount, hold = hold.ToString() }) },
            HoldResult.InsufficientFunds(var available) =>
                doing.Node with { State = "refused", Detail = Json(new { effect.Name, amount, available }) },
            _ => throw new InvalidOperationException($"What {result} means for a flow is not known."),
        };
    }

    private async Task<NewNode> ReleaseAsync(Doing doing, ReleaseEffect effect, CancellationToken cancellationToken)
    {
        foreach (Hold hold in await ledger.HoldsAsync(doing.Session, BoundTo(doing.Run, effect.Name), cancellationToken))
            await ledger.ReleaseHoldAsync(doing.Session, hold.Id, hold.BoundTo, $"{doing.Run.Model}", cancellationToken);
        return doing.Node with { Detail = Json(new { effect.Name }) };
    }

    private static NewNode Remember(Doing doing, RememberEffect effect)
    {
        object? value = doing.Evaluate<object?>(effect.Value);
        effect.Property.SetValue(doing.Run.Data, value);
        return doing.Node with { Detail = Json(new { property = effect.Property.Name }) };
    }

    private async Task<NewNode> AliasAsync(Doing doing, AliasEffect effect, CancellationToken cancellationToken)
    {
        string key = doing.Evaluate<string>(effect.Key);
        Guid? of = await store.LockKeyAsync(doing.Session, key, cancellationToken);
        if (of is not null && of != doing.Run.Id)
            throw new InvalidOperationException($"Key {key} belongs to context {of} already.");
        if (of is null)
        {
            await store.CorrelateAsync(doing.Session, doing.Run, key, cancellationToken);
        }

        return doing.Node with { Detail = Json(new { key }) };
    }

    private async Task<NewNode> EmitAsync(Doing doing, EmitEffect effect, CancellationToken cancellationToken)
    {
        var emitted = (IFlowEvent)doing.Evaluate<object>(effect.Value);
        // As its own type, so that the payload has the event's members and not the interface's.
        await facts.AppendAsync(
            doing.Session, effect.EventType, emitted.CorrelationKey, doing.Run.Owner,
            JsonSerializer.SerializeToElement(emitted, effect.Event, FactJson.Options), cancellationToken);
        return doing.Node with { Detail = Json(new { type = effect.EventType, emitted.EventId }) };
    }

    private async Task<NewNode> AlertAsync(Doing doing, AlertEffect effect, CancellationToken cancellationToken)
    {
        Guid id = FlowIds.OfNode(doing.Moment.At, doing.Node.Id, "discrepancy");
        string detail = doing.Evaluate<string>(effect.Detail);
        await discrepancies.OpenAsync(
            doing.Session, id, effect.Name, doing.Run.Key, doing.Run.Id, effect: null, detail, doing.Moment, cancellationToken);
        return doing.Node with { Detail = Json(new { kind = effect.Name, discrepancy = id }) };
    }

    private async Task<IEnumerable<(string, Guid, string)>> AskAsync(
        Doing doing, ExternalEffect effect, EffectPlace at, CancellationToken cancellationToken)
    {
        Guid node = doing.Node.Id;
        object request = doing.Evaluate<object>(effect.Request);
        await store.InsertEffectAsync(doing.Session, doing.Run, node, at, effect, request, cancellationToken);
        var answers = new List<(string, Guid, string)> { (effect.Confirmed, node, FlowEffectEnded.Confirmed) };
        if (effect.Rejected is { } rejected)
            answers.Add((rejected, node, FlowEffectEnded.Rejected));
        return answers;
    }

    private static string BoundTo(FlowRun run, string name) => $"flow:{run.Id:n}:{name}";

    private static string Json<T>(T detail) => JsonSerializer.Serialize(detail, FactJson.Options);

    /// <summary>One effect being done.</summary>
    private readonly record struct Doing(DbSession Session, FlowRun Run, NewNode Node, object Happened, Moment Moment)
    {
        public T Evaluate<T>(FlowExpression expression) => expression.Evaluate<T>(Happened, Run.Data);
    }
}
