using ChainExec.Flows.Definitions;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>Opens and resolves what an operator must look at.</summary>
internal sealed class DiscrepancyStore
{
    public const string UnmatchedMoney = "unmatched_money";

    public const string EffectDied = "effect_died";

    private const int DetailLengthMax = 1000;

    public Task OpenAsync(
        DbSession session, Guid id, string kind, FlowRun run, Guid? effect, string detail, Moment moment,
        CancellationToken cancellationToken) =>
        InsertAsync(
            session, id, kind, run.Key, run.Id, eventPosition: null, effect, asset: null, amount: null, detail, moment, cancellationToken);

    /// <summary>Money that no rule took.</summary>
    public Task OpenAsync(
        DbSession session, Guid id, string key, Guid? context, IMoneyEvidence money, Moment moment, CancellationToken cancellationToken) =>
        InsertAsync(
            session, id, UnmatchedMoney, key, context, moment.Position, effect: null, money.Account.Asset,
            money.Amount,
            $"{money.Amount} {money.Account.Asset} were seen on {money.Account.Code} and no rule waits for them; they are in suspense.",
            moment, cancellationToken);

    /// <summary>A rule took the event after all.</summary>
    public Task ResolveAsync(DbSession session, long eventPosition, Moment moment, CancellationToken cancellationToken) =>
        session.Sql("""
            update flows.discrepancy set resolved_position = @position
            where  event_position = @event_position and resolved_position is null
            """)
            .With("event_position", eventPosition).With("position", moment.Position).ExecuteAsync(cancellationToken);

    /// <summary>The effect has an answer after all.</summary>
    public Task ResolveOfEffectAsync(DbSession session, Guid effect, Moment moment, CancellationToken cancellationToken) =>
        session.Sql("""
            update flows.discrepancy set resolved_position = @position
            where  effect_id = @effect and resolved_position is null
            """)
            .With("effect", effect).With("position", moment.Position).ExecuteAsync(cancellationToken);

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
