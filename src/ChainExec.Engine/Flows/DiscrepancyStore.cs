using ChainExec.Facts.Contracts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>Opens and resolves what an operator must look at.</summary>
internal sealed class DiscrepancyStore
{
    public const string UnmatchedMoney = "unmatched_money";

    public const string EffectDied = "effect_died";

    /// <summary>An event says something else than one before it with the same id.</summary>
    public const string EvidenceContradicts = "evidence_contradicts";

    /// <summary>A signed message from which nothing follows.</summary>
    public const string EvidenceUnusable = "evidence_unusable";

    /// <summary>A provider's answer found a flow that had ended.</summary>
    public const string AnswerAfterEnd = "answer_after_end";

    /// <summary>A flow ended and holds money.</summary>
    public const string HoldAfterEnd = "hold_after_end";

    private const int DetailLengthMax = 1000;

    /// <summary>A provider said so when somebody else had moved the effect.</summary>
    public static string AnsweredLate(string outcome) => $"answered_late_{outcome}";

    public Task OpenAsync(
        DbSession session, Guid id, string kind, string key, Guid? context, Guid? effect, string detail, Moment moment,
        CancellationToken cancellationToken) =>
        InsertAsync(
            session, id, kind, key, context, eventPosition: null, effect, asset: null, amount: null, detail, moment, cancellationToken);

    /// <summary>Money that no rule took.</summary>
    public Task OpenAsync(
        DbSession session, Guid id, string kind, string key, Guid? context, IMoneyEvidence money, Moment moment,
        CancellationToken cancellationToken) =>
        InsertAsync(
            session, id, kind, key, context, moment.Position, effect: null, money.Account.Asset,
            money.Amount,
            $"{money.Amount} {money.Account.Asset} were seen on {money.Account.Code} and no rule takes them ({money.EventId}); "
                + "they are in suspense.",
            moment, cancellationToken);

    /// <summary>A rule took the event after all.</summary>
    public Task ResolveAsync(DbSession session, long eventPosition, Moment moment, CancellationToken cancellationToken) =>
        session.Sql("""
            update flows.discrepancy set resolved_position = @position
            where  event_position = @event_position and resolved_position is null
            """)
            .With("event_position", eventPosition).With("position", moment.Position).ExecuteAsync(cancellationToken);

    /// <summary>The effect has an answer after all.</summary>
    public Task ResolveOfEffectAsync(DbSession session, Guid effect, string outcome, Moment moment, CancellationToken cancellationToken) =>
        session.Sql("""
            update flows.discrepancy set resolved_position = @position
            where  effect_id = @effect and resolved_position is null and kind <> @contradicts
            """)
            .With("effect", effect).With("position", moment.Position)
            .With("contradicts", AnsweredLate(outcome == FlowEffectEnded.Confirmed ? FlowEffectEnded.Rejected : FlowEffectEnded.Confirmed))
            .ExecuteAsync(cancellationToken);

    private static Task InsertAsync(
        DbSession session, Guid id, string kind, string key, Guid? context, long? eventPosition, Guid? effect, string? asset,
        TokenAmount? amount, string detail, Moment moment, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into flows.discrepancy (
                id, kind, key, context_id, event_position, effect_id, asset, amount, detail, position, opened_at)
            values (@id, @kind, @key, @context, @event_position, @effect, @asset, @amount, @detail, @position, @at)
            """;
        return session.Sql(sql)
            .With("id", id).With("kind", kind).With("key", key).With("context", context).With("event_position", eventPosition)
            .With("effect", effect).With("asset", asset).With("amount", amount)
            .With("detail", detail.Cut(DetailLengthMax)).With("position", moment.Position)
            .With("at", moment.At).ExecuteAsync(cancellationToken);
    }
}
