using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>
/// Takes the locks of a whole window of facts before the first is handled: lanes, then slots, then the intents that the slots carry, each
/// in one order. What is handled afterwards finds them held, in whatever order the chain brought the facts.
/// </summary>
internal sealed class WindowLocks
{
    // A nonce that no slot has yet gets one under its lane's lock; one that has a slot now has it when its fact is handled. A nonce that a
    // reorg frees is filled under that lock too. Nothing else of a window needs a lane, and whoever binds is not kept waiting for it.
    private const string LanesSql = """
        select 1 from execution.lane l
        where  (l.chain_id, l.sender) in (
            select s.chain_id, s.sender
            from   unnest(@chains, @senders, @nonces, @orphans) as s (chain_id, sender, nonce, orphaned)
            where  s.orphaned or not exists (
                select from execution.nonce_slot n
                where  n.chain_id = s.chain_id and n.account = s.sender and n.nonce = s.nonce and n.key = 0))
        order  by l.chain_id, l.sender
        for update
        """;

    private const string SlotsSql = """
        select n.carrier_id
        from   execution.nonce_slot n
        where  n.key = 0
        and    (n.chain_id, n.account, n.nonce) in (
            select s.chain_id, s.sender, s.nonce
            from   unnest(@chains, @senders, @nonces, @orphans) as s (chain_id, sender, nonce, orphaned))
        order  by n.chain_id, n.account, n.nonce
        for update
        """;

    private const string IntentsSql = """
        select 1 from execution.intent
        where  id in (select intent_id from execution.carrier_member where carrier_id = any (@carriers))
        order  by id
        for update
        """;

    public async Task TakeAsync(DbSession session, IReadOnlyList<SeenFact> seen, CancellationToken cancellationToken)
    {
        await Of(LanesSql).ReadAsync(reader => reader.GetInt32(0), cancellationToken);
        IReadOnlyList<Guid?> carriers = await Of(SlotsSql).ReadAsync(reader => reader.UuidOrNull("carrier_id"), cancellationToken);
        Guid[] carried = [.. carriers.OfType<Guid>()];
        if (carried.Length > 0)
            await session.Sql(IntentsSql).WithArray("carriers", carried, NpgsqlDbType.Uuid)
                .ReadAsync(reader => reader.GetInt32(0), cancellationToken);

        Statement Of(string sql) => session.Sql(sql)
            .WithArray("chains", [.. seen.Select(fact => fact.Transaction.Chain)], NpgsqlDbType.Bigint)
            .WithArray("senders", [.. seen.Select(fact => fact.Transaction.From)], NpgsqlDbType.Bytea)
            .WithArray("nonces", [.. seen.Select(fact => fact.Transaction.Nonce)], NpgsqlDbType.Bigint)
            .WithArray("orphans", [.. seen.Select(fact => fact.IsOrphaned)], NpgsqlDbType.Boolean);
    }
}

/// <summary>A transaction that a fact of a window speaks of.</summary>
/// <param name="IsOrphaned">Whether the fact says that a reorg dropped it.</param>
internal sealed record SeenFact(ChainTransaction Transaction, bool IsOrphaned);
