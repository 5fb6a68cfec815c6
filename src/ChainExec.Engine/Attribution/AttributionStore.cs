using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Attribution;

/// <summary>The rows that say how far attribution is: each move is a compare-and-set and a row of history.</summary>
internal sealed class AttributionStore
{
    private const int DetailLengthMax = 500;
    private const string Columns = "id, state, generation, ended, told, trace_asked, attempts";

    /// <summary>
    /// Begins to track a transaction, decided or not; one that is tracked already stays as it is.
    /// </summary>
    /// <param name="happened">What decides it; nothing when it waits for a trace.</param>
    /// <returns>Nothing when it was there.</returns>
    public async Task<TrackedTransaction?> BeginAsync(
        DbSession session, ChainTransaction transaction, AttributionEvent? happened, string actor, CancellationToken cancellationToken)
    {
        AttributionState state = happened is { } decided
            ? AttributionLifecycle.Table.Move(AttributionLifecycle.Table.Initial, decided)
            : AttributionLifecycle.Table.Initial;
        const string sql = $"""
            with begun as (
                insert into attribution.transaction (chain_id, block_hash, incarnation, tx_hash, state, basis, generation, next_attempt_at)
                values (@chain, @block, @incarnation, @hash, @state, case when @state = 'attributed' then 'receipt' end,
                        case when @state = 'attributed' then 1 else 0 end, case when @state = 'waiting' then storage.clock() end)
                on conflict do nothing
                returning {Columns}),
            told as (
                insert into attribution.transaction_history (transaction_id, event, to_state, actor)
                select id, @event, state, @actor from begun)
            select {Columns} from begun
            """;
        if (state == AttributionState.Waiting)
            session.WakeWorkersAfterCommit();
        return await Of(session, sql, transaction)
            .With("state", state).With("event", happened is { } done ? EnumText.Of(done) : "included").With("actor", actor)
            .ReadSingleAsync(Read, cancellationToken);
    }

    /// <summary>Decides it; the rows of its new generation follow.</summary>
    /// <param name="isProven">Whether nobody has to be asked any more.</param>
    /// <exception cref="StaleWriteException">It was decided, or orphaned, meanwhile.</exception>
    public async Task<TrackedTransaction> DecideAsync(
        DbSession session, TrackedTransaction tracked, AttributionBasis basis, bool isProven, string actor,
        CancellationToken cancellationToken)
    {
        AttributionState to = AttributionLifecycle.Table.Move(tracked.State, AttributionEvent.CallsAttributed);
        const string sql = $"""
            update attribution.transaction
            set    state = @to, reason = null, detail = null, basis = @basis, generation = generation + 1, trace_asked = false,
                   next_attempt_at = case when @proven then null else next_attempt_at end, updated_at = storage.clock()
            where  id = @id and state = @from and generation = @generation and ended is distinct from 'orphaned'
            returning {Columns}
            """;
        TrackedTransaction moved = await session.Sql(sql)
            .With("id", tracked.Id).With("from", tracked.State).With("to", to).With("generation", tracked.Generation).With("basis", basis)
            .With("proven", isProven)
            .ReadSingleAsync(Read, cancellationToken) ?? throw Stale(tracked);
        await RecordAsync(session, tracked, AttributionEvent.CallsAttributed, to, EnumText.Of(basis), actor, cancellationToken);
        return moved;
    }

    /// <summary>No call of ours is in it. Its attempts end.</summary>
    /// <exception cref="StaleWriteException">It was decided, or orphaned, meanwhile.</exception>
    public async Task<TrackedTransaction> NotNeededAsync(
        DbSession session, TrackedTransaction tracked, string actor, CancellationToken cancellationToken)
    {
        bool moves = AttributionLifecycle.Table.Allows(tracked.State, AttributionEvent.NoCallFound);
        const string sql = $"""
            update attribution.transaction
            set    state = @to, trace_asked = false, next_attempt_at = null, updated_at = storage.clock()
            where  id = @id and state = @from and generation = @generation and ended is distinct from 'orphaned'
            returning {Columns}
            """;
        AttributionState to = moves ? AttributionLifecycle.Table.Move(tracked.State, AttributionEvent.NoCallFound) : tracked.State;
        TrackedTransaction moved = await session.Sql(sql)
            .With("id", tracked.Id).With("from", tracked.State).With("to", to).With("generation", tracked.Generation)
            .ReadSingleAsync(Read, cancellationToken) ?? throw Stale(tracked);
        if (moves)
            await RecordAsync(session, tracked, AttributionEvent.NoCallFound, to, null, actor, cancellationToken);
        return moved;
    }

    /// <summary>Nobody can say whose its logs are. What was attributed before stays attributed.</summary>
    /// <param name="goesOn">Whether it is asked for again.</param>
    /// <returns>The row; whether it moved now.</returns>
    /// <exception cref="StaleWriteException">It was decided, or orphaned, meanwhile.</exception>
    public async Task<(TrackedTransaction Row, bool Moved)> UnattributedAsync(
        DbSession session, TrackedTransaction tracked, UnattributedReason reason, string detail, bool goesOn, string actor,
        CancellationToken cancellationToken)
    {
        detail = PlainText.Of(detail);
        bool moves = AttributionLifecycle.Table.Allows(tracked.State, AttributionEvent.NotExplained);
        bool says = moves || tracked.State == AttributionState.Unattributed;
        const string sql = $"""
            update attribution.transaction
            set    state = @to, reason = case when @says then @reason else reason end, detail = @detail,
                   generation = generation + case when @moves then 1 else 0 end,
                   next_attempt_at = case when @goes_on then next_attempt_at end, updated_at = storage.clock()
            where  id = @id and state = @from and generation = @generation and ended is distinct from 'orphaned'
            returning {Columns}
            """;
        AttributionState to = moves ? AttributionLifecycle.Table.Move(tracked.State, AttributionEvent.NotExplained) : tracked.State;
        TrackedTransaction moved = await session.Sql(sql)
            .With("id", tracked.Id).With("from", tracked.State).With("to", to).With("generation", tracked.Generation).With("says", says)
            .With("moves", moves).With("reason", EnumText.Of(reason)).With("detail", detail.Cut(DetailLengthMax)).With("goes_on", goesOn)
            .ReadSingleAsync(Read, cancellationToken) ?? throw Stale(tracked);
        if (moves)
        {
            await RecordAsync(
                session, tracked, AttributionEvent.NotExplained, to, $"{EnumText.Of(reason)}: {detail}", actor, cancellationToken);
        }

        return (moved, moves);
    }

    /// <summary>Its block is final, or orphaned. An attribution that had not been decided is dropped with an orphaned block.</summary>
    /// <returns>The row; nothing when it was ended already, or was never tracked.</returns>
    public async Task<TrackedTransaction?> EndAsync(
        DbSession session, ChainTransaction transaction, AttributionEnd end, string actor, CancellationToken cancellationToken)
    {
        const string sql = $"""
            with found as (
                select id, state from attribution.transaction
                where  chain_id = @chain and block_hash = @block and incarnation = @incarnation and tx_hash = @hash and ended is null
                for update),
            ended as (
                update attribution.transaction t
                set    ended = @end, state = case when @end = 'orphaned' and t.state = 'waiting' then 'dropped' else t.state end,
                       next_attempt_at = case when @end = 'orphaned' then null else t.next_attempt_at end, updated_at = storage.clock()
                from   found
                where  t.id = found.id
                returning t.id, t.state, t.generation, t.ended, t.told, t.trace_asked, t.attempts, found.state as state_before),
            recorded as (
                insert into attribution.transaction_history (transaction_id, from_state, event, to_state, actor)
                select id, state_before, @event, state, @actor from ended)
            select {Columns} from ended
            """;
        return await Of(session, sql, transaction)
            .With("end", end).With("event", end == AttributionEnd.Orphaned ? EnumText.Of(AttributionEvent.BlockOrphaned) : "confirmed")
            .With("actor", actor)
            .ReadSingleAsync(Read, cancellationToken);
    }

    /// <summary>The facts of its calls are out.</summary>
    public Task<int> MarkToldAsync(DbSession session, TrackedTransaction tracked, CancellationToken cancellationToken) =>
        session.Sql("update attribution.transaction set told = true, updated_at = storage.clock() where id = @id and not told")
            .With("id", tracked.Id).ExecuteAsync(cancellationToken);

    /// <summary>
    /// Takes due ones of a chain; each is due again after its delay whatever becomes of the turn, until it was tried often enough. One that
    /// is not decided is never tried often enough.
    /// </summary>
    public Task<IReadOnlyList<DueTransaction>> TakeDueAsync(
        DbSession session, long chain, AttributionOptions bounds, CancellationToken cancellationToken)
    {
        const string sql = """
            with due as (
                update attribution.transaction
                set    attempts = attempts + 1,
                       next_attempt_at = case when attempts + 1 < @attempts_max or state = 'waiting'
                           then storage.clock() + least(@delay * power(2, least(attempts, 20)), @delay_max) end
                where  id in (
                    select id from attribution.transaction
                    where  chain_id = @chain and next_attempt_at <= storage.clock()
                    order  by next_attempt_at, id
                    limit  @limit
                    for update skip locked)
                returning id, chain_id, block_hash, incarnation, tx_hash, state, generation, ended, told, trace_asked, attempts, created_at)
            select d.id, d.created_at, d.state, d.generation, d.ended, d.told, d.trace_asked, d.attempts, t.chain_id, t.block_number,
                   t.block_hash, t.incarnation, t.block_time, t.tx_hash, t.tx_index, t."from", t."to", t.nonce, t.value, t.succeeded,
                   t.gas_used, t.effective_gas_price, t.data_fee, t.input_hash
            from   due d
            join   indexing.v_transaction t using (chain_id, block_hash, incarnation, tx_hash)
            order  by d.id
            """;
        return session.Sql(sql)
            .With("attempts_max", bounds.AttemptsMax).With("delay", bounds.RetryDelay).With("delay_max", bounds.RetryDelayMax)
            .With("limit", bounds.TracesPerTurnMax).With("chain", chain)
            .ReadAsync(
                reader => new DueTransaction(
                    Read(reader), BlockStore.ReadTransaction(reader), reader.Hash("input_hash"), reader.Time("created_at")),
                cancellationToken);
    }

    /// <summary>keccak of a transaction's data.</summary>
    public async Task<Hash32> InputHashAsync(DbSession session, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        const string sql = """
            select input_hash from indexing.v_transaction
            where  chain_id = @chain and block_hash = @block and incarnation = @incarnation and tx_hash = @hash
            """;
        return Hash32.FromBytes(await Of(session, sql, transaction).ScalarAsync<byte[]>(cancellationToken));
    }

    /// <summary>
    /// The operator's verb: decides again what is named. Nothing that has not ended otherwise is touched; what was decided stays until the
    /// new decision.
    /// </summary>
    /// <param name="hash">One transaction in all its blocks; nothing for all that are unattributed or wait.</param>
    /// <param name="trace">Whether it is traced although its receipt is enough.</param>
    public Task<int> AskAgainAsync(DbSession session, long chain, Hash32? hash, bool trace, CancellationToken cancellationToken)
    {
        session.WakeWorkersAfterCommit();
        return session.Sql("""
            update attribution.transaction
            set    next_attempt_at = storage.clock(), attempts = 0, trace_asked = @trace, updated_at = storage.clock()
            where  chain_id = @chain and ended is distinct from 'orphaned'
            and    case when @hash::bytea is null then state in ('unattributed', 'waiting') else tx_hash = @hash end
            """)
            .With("chain", chain).With("hash", hash?.ToArray()).With("trace", trace).ExecuteAsync(cancellationToken);
    }

    private static Task<int> RecordAsync(
        DbSession session, TrackedTransaction from, AttributionEvent happened, AttributionState to, string? reason, string actor,
        CancellationToken cancellationToken) => session.Sql("""
            insert into attribution.transaction_history (transaction_id, from_state, event, to_state, reason, actor)
            values (@id, @from, @event, @to, @reason, @actor)
            """)
            .With("id", from.Id).With("from", from.State).With("event", happened).With("to", to)
            .With("reason", reason.Cut(DetailLengthMax)).With("actor", actor)
            .ExecuteAsync(cancellationToken);

    private static Statement Of(DbSession session, string sql, ChainTransaction transaction) => session.Sql(sql)
        .With("chain", transaction.Chain).With("block", transaction.BlockHash).With("incarnation", transaction.Incarnation)
        .With("hash", transaction.TxHash);

    private static TrackedTransaction Read(NpgsqlDataReader reader) => new(
        reader.Long("id"), reader.State<AttributionState>("state"), reader.Int("generation"),
        reader.TextOrNull("ended") is { } ended ? EnumText.Parse<AttributionEnd>(ended) : null, reader.Bool("told"),
        reader.Bool("trace_asked"), reader.Int("attempts"));

    private static StaleWriteException Stale(TrackedTransaction tracked) =>
        new($"The attribution {tracked.Id} was decided or orphaned by somebody else.");
}
