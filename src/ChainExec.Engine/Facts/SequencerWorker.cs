using ChainExec.Storage;

namespace ChainExec.Facts;

/// <summary>
/// Moves pending facts to the stream with gapless positions. One at a time by the row lock on <c>facts.head</c>; a second sequencer finds
/// the row locked and goes home. A fact that commits late gets a later position; nobody ever reads behind a snapshot horizon.
/// </summary>
internal sealed class SequencerWorker(UnitOfWork unitOfWork) : IWorker
{
    /// <summary>Facts moved in one transaction at most; keeps the transaction well below a second.</summary>
    private const int BatchSizeMax = 500;

    private static readonly TimeSpan PaceUpToDate = TimeSpan.FromMilliseconds(20);

    private bool _isBehind;

    public string Name => "facts.sequencer";

    public TimeSpan Pace => _isBehind ? TimeSpan.Zero : PaceUpToDate;

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        int moved = await unitOfWork.RunAsync(MoveAsync, cancellationToken);
        _isBehind = moved == BatchSizeMax;
        if (moved > 0)
            Boundary.Passed(Boundary.FactsMoved);
        return moved;
    }

    private static async Task<int> MoveAsync(DbSession session, CancellationToken cancellationToken)
    {
        // The lock comes first and the batch in a later statement: its snapshot then sees every move of the sequencer before us.
        IReadOnlyList<long> head = await session.Sql("select position from facts.head for update skip locked")
            .ReadAsync(reader => reader.GetInt64(0), cancellationToken);
        if (head.Count == 0)
            return 0;

        const string sql = """
            with batch as (
                delete from facts.pending
                where  id in (select id from facts.pending order by id limit @limit)
                returning id, type, key, owner_id, payload, occurred_at),
            placed as (
                insert into facts.stream (position, pending_id, type, key, shard_hash, owner_id, payload, occurred_at, sequenced_at)
                select @head + row_number() over (order by id), id, type, key,
                       ('x' || substr(md5(key), 1, 7))::bit(28)::int, owner_id, payload, occurred_at, storage.clock()
                from   batch
                returning position)
            select count(*) from placed
            """;
        long moved = await session.Sql(sql).With("limit", BatchSizeMax).With("head", head[0]).ScalarAsync<long>(cancellationToken);
        if (moved > 0)
        {
            session.Sql("update facts.head set position = position + @moved").With("moved", moved).RunLater();
            session.WakeWorkersAfterCommit();
        }

        return (int)moved;
    }
}
