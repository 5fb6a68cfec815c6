using ChainExec.Storage;

namespace ChainExec.Indexing.Gaps;

/// <summary>Which final blocks were read again, and which one is next.</summary>
internal sealed class SweepStore(Database database)
{
    /// <summary>
    /// The next height, one of a walk that comes to every height once before it comes to any twice as long as the range stays; nothing
    /// before its time.
    /// </summary>
    public async Task<long?> NextAsync(
        long chain, long start, long final, TimeSpan interval, CancellationToken cancellationToken)
    {
        const string sql = """
            select id, at > storage.clock() - @interval as recent from indexing.sweep where chain_id = @chain order by id desc limit 1
            """;
        IReadOnlyList<(long Id, bool IsRecent)> last = await database.ReadAsync(
            sql, statement => statement.With("chain", chain).With("interval", interval),
            reader => (reader.Long("id"), reader.Bool("recent")), cancellationToken);
        if (last is [(_, true)])
            return null;
        long range = final - start + 1;
        long place = last.Count == 0 ? 0 : last[0].Id % range;
        return start + (long)((UInt128)place * (ulong)StepOf(range) % (ulong)range);
    }

    /// <summary>
    /// When a height was indexed first: who was registered later, or what was listed later, is not missing there. Nothing when it never
    /// was.
    /// </summary>
    public async Task<DateTimeOffset?> IndexedAtAsync(long chain, long height, CancellationToken cancellationToken)
    {
        const string sql = """
            select least(
                (select observed_at from indexing.block
                 where  chain_id = @chain and number = @height and status in ('canonical', 'final')),
                (indexing.range_over(@chain, @height)).at) as at
            """;
        return (await database.ReadAsync(
            sql, statement => statement.With("chain", chain).With("height", height), reader => reader.TimeOrNull("at"),
            cancellationToken))[0];
    }

    public Task<int> NoteAsync(
        DbSession session, FetchedBlock block, int found, int added, CancellationToken cancellationToken) => session.Sql("""
            insert into indexing.sweep (chain_id, number, hash, proof, found, added)
            values (@chain, @number, @hash, @proof, @found, @added)
            """)
            .With("chain", block.Chain).With("number", block.Ref.Number).With("hash", block.Ref.Hash).With("proof", block.Proof)
            .With("found", found).With("added", added).ExecuteAsync(cancellationToken);

    // About the golden section of the range, and without a common divisor with it.
    private static long StepOf(long range)
    {
        long step = Math.Max(1, range * 618 / 1000);
        while (Divisor(step, range) != 1)
            step++;
        return step;
    }

    private static long Divisor(long left, long right) => right == 0 ? left : Divisor(right, left % right);
}
