using ChainExec.Storage;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// Since when a nonce of ours is open. From the block of that time on every block's transactions are looked at: a fill, a revert or a
/// native payment has no log, and its slot waits for it.
/// </summary>
internal sealed class OpenSlots(Database database)
{
    /// <summary>When the oldest slot that no final block resolved was bound; nothing when none is open.</summary>
    public async Task<DateTimeOffset?> OldestAsync(long chain, CancellationToken cancellationToken)
    {
        const string sql = """
            select min(created_at) as oldest
            from   execution.v_slot
            where  chain_id = @chain and state not in ('released', 'finalized', 'filled', 'adopted', 'externally_consumed')
            """;
        IReadOnlyList<DateTimeOffset?> rows = await database.ReadAsync(
            sql, statement => statement.With("chain", chain), reader => reader.TimeOrNull("oldest"), cancellationToken);
        return rows[0];
    }
}
