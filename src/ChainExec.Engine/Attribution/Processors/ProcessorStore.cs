using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Attribution.Processors;

/// <summary>A block at which a processor is parked, as an operator sees it.</summary>
internal sealed record ParkedBlock(long Id, string Processor, BlockKey Block, long Number, string Error, int Attempts, DateTimeOffset At);

/// <summary>How far a processor is.</summary>
/// <param name="Behind">Positions between it and the end of the stream.</param>
/// <param name="Parked">At how many blocks it is parked.</param>
internal sealed record ProcessorCursor(string Name, long Position, long Behind, long Parked);

/// <summary>The cursors of processors, what reached them, and where they are parked.</summary>
internal sealed class ProcessorStore(Database database)
{
    private const int ErrorLengthMax = 4000;

    /// <summary>Every processor has a cursor; a new one begins at the beginning.</summary>
    public Task<int> EnsureAsync(DbSession session, IEnumerable<string> names, CancellationToken cancellationToken) => session.Sql(
        "insert into attribution.processor (name) select * from unnest(@names) on conflict do nothing")
        .WithArray("names", [.. names], NpgsqlDbType.Text).ExecuteAsync(cancellationToken);

    /// <summary>Whether there is anything to do for these processors; outside any transaction, because mostly there is not.</summary>
    public async Task<bool> IsAnyDueAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        const string sql = """
            select count(*) < cardinality(@names) or bool_or(position < (select coalesce(max(position), 0) from facts.v_stream))
                   or exists (select from attribution.parked_block where retry_requested and processor = any (@names)) as due
            from   attribution.processor where name = any (@names)
            """;
        return (await database.ReadAsync(
            sql, statement => statement.WithArray("names", [.. names], NpgsqlDbType.Text),
            reader => reader.IsDBNull(0) || reader.GetBoolean(0), cancellationToken))[0];
    }

    /// <summary>Locks the cursors of those that no other process has now.</summary>
    public async Task<IReadOnlyDictionary<string, long>> LockAsync(
        DbSession session, IEnumerable<string> names, CancellationToken cancellationToken) =>
        (await session.Sql("""
            select name, position from attribution.processor where name = any (@names) order by name for update skip locked
            """)
            .WithArray("names", [.. names], NpgsqlDbType.Text)
            .ReadAsync(reader => (Name: reader.Text("name"), Position: reader.Long("position")), cancellationToken))
        .ToDictionary(row => row.Name, row => row.Position);

    public Task<long> HeadAsync(DbSession session, CancellationToken cancellationToken) =>
        session.Sql("select coalesce(max(position), 0) from facts.v_stream").ScalarAsync<long>(cancellationToken);

    public Task<int> MoveAsync(DbSession session, IEnumerable<string> names, long position, CancellationToken cancellationToken) =>
        session.Sql("update attribution.processor set position = @position, updated_at = storage.clock() where name = any (@names)")
            .With("position", position).WithArray("names", [.. names], NpgsqlDbType.Text).ExecuteAsync(cancellationToken);

    /// <summary>Which of these transactions had reached whom.</summary>
    public async Task<IReadOnlySet<(string Processor, TransactionKey Key)>> ReachedAsync(
        DbSession session, IEnumerable<string> names, IEnumerable<TransactionKey> keys, CancellationToken cancellationToken)
    {
        const string sql = """
            select p.processor, p.chain_id, p.block_hash, p.incarnation, p.tx_hash
            from   unnest(@chains, @blocks, @incarnations, @hashes) as k(chain_id, block_hash, incarnation, tx_hash)
            join   attribution.processed p using (chain_id, block_hash, incarnation, tx_hash)
            where  p.phase = 'included' and p.processor = any (@names)
            """;
        return (await ProcessorFeed.WithKeys(session.Sql(sql), keys).WithArray("names", [.. names], NpgsqlDbType.Text)
            .ReadAsync(reader => (reader.Text("processor"), ProcessorFeed.KeyOf(reader)), cancellationToken)).ToHashSet();
    }

    /// <summary>Remembers for ever that a phase of a transaction reached a processor. A second time is refused.</summary>
    public async Task RememberAsync(
        DbSession session, IEnumerable<(string Processor, TransactionKey Key, long Position)> reached, FeedPhase phase,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Processor, TransactionKey Key, long Position)> rows = [.. reached];
        if (rows.Count == 0)
            return;
        const string sql = """
            insert into attribution.processed (processor, chain_id, block_hash, incarnation, tx_hash, phase, position)
            select p.processor, p.chain_id, p.block_hash, p.incarnation, p.tx_hash, @phase, p.position
            from   unnest(@processors, @chains, @blocks, @incarnations, @hashes, @positions)
                   as p(processor, chain_id, block_hash, incarnation, tx_hash, position)
            """;
        await ProcessorFeed.WithKeys(session.Sql(sql), rows.Select(row => row.Key)).With("phase", phase)
            .WithArray("processors", [.. rows.Select(row => row.Processor)], NpgsqlDbType.Text)
            .WithArray("positions", [.. rows.Select(row => row.Position)], NpgsqlDbType.Bigint)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Where these processors are parked among these blocks.</summary>
    public async Task<IReadOnlySet<(string Processor, BlockKey Block)>> ParkedAsync(
        DbSession session, IEnumerable<string> names, IEnumerable<BlockKey> blocks, CancellationToken cancellationToken)
    {
        const string sql = """
            select processor, chain_id, block_hash, incarnation from attribution.parked_block
            where  resolved_at is null and processor = any (@names) and block_hash = any (@blocks)
            """;
        return (await session.Sql(sql).WithArray("names", [.. names], NpgsqlDbType.Text)
            .WithArray("blocks", [.. blocks.Select(block => block.Block).Distinct()], NpgsqlDbType.Bytea)
            .ReadAsync(
                reader => (
                    reader.Text("processor"),
                    new BlockKey(reader.Long("chain_id"), reader.Hash("block_hash"), reader.Int("incarnation"))),
                cancellationToken)).ToHashSet();
    }

    /// <summary>Parks a processor at a block; once more where it was tried again and threw again.</summary>
    public Task<int> ParkAsync(DbSession session, ParkRow parked, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.parked_block (processor, chain_id, block_hash, incarnation, block_number, waits, error)
            values (@processor, @chain, @block, @incarnation, @number, @waits, @error)
            on conflict (processor, chain_id, block_hash, incarnation) where resolved_at is null do update
            set    waits = excluded.waits, error = excluded.error, attempts = attribution.parked_block.attempts + 1,
                   retry_requested = false
            """;
        return session.Sql(sql)
            .With("processor", parked.Processor).With("chain", parked.Block.Chain).With("block", parked.Block.Block)
            .With("incarnation", parked.Block.Incarnation).With("number", parked.Number).With("waits", parked.Waits)
            .With("error", Storable(parked.Error)).ExecuteAsync(cancellationToken);
    }

    /// <summary>A block that an operator released, of one of the processors.</summary>
    public Task<ParkedBlock?> NextReleasedAsync(DbSession session, IEnumerable<string> names, CancellationToken cancellationToken) =>
        session.Sql("""
            select id, processor, chain_id, block_hash, incarnation, block_number, error, attempts, parked_at
            from   attribution.parked_block
            where  retry_requested and resolved_at is null and processor = any (@names)
            order  by id limit 1
            """)
            .WithArray("names", [.. names], NpgsqlDbType.Text).ReadSingleAsync(Read, cancellationToken);

    /// <summary>The block went through; those that waited for the processor there are tried again.</summary>
    /// <returns>Whether the processor is parked nowhere any more.</returns>
    public async Task<bool> ResolveAsync(DbSession session, ParkedBlock parked, CancellationToken cancellationToken)
    {
        await session.Sql("""
            update attribution.parked_block set resolved_at = storage.clock(), retry_requested = false where id = @id
            """)
            .With("id", parked.Id).ExecuteAsync(cancellationToken);
        await session.Sql("""
            update attribution.parked_block set retry_requested = true
            where  waits and resolved_at is null and chain_id = @chain and block_hash = @block and incarnation = @incarnation
            """)
            .With("chain", parked.Block.Chain).With("block", parked.Block.Block).With("incarnation", parked.Block.Incarnation)
            .ExecuteAsync(cancellationToken);
        return !await session.Sql("select exists (select from attribution.parked_block where processor = @name and resolved_at is null)")
            .With("name", parked.Processor).ScalarAsync<bool>(cancellationToken);
    }

    /// <summary>The operator's verb: the blocks at which a processor is parked are tried again.</summary>
    public Task<int> ReleaseAsync(DbSession session, string processor, Hash32? block, CancellationToken cancellationToken)
    {
        session.WakeWorkersAfterCommit();
        return session.Sql("""
            update attribution.parked_block set retry_requested = true
            where  processor = @processor and resolved_at is null and (@block::bytea is null or block_hash = @block)
            """)
            .With("processor", processor).With("block", block?.ToArray()).ExecuteAsync(cancellationToken);
    }

    /// <summary>Where processors are parked, oldest first.</summary>
    public Task<IReadOnlyList<ParkedBlock>> OpenOnesAsync(int limit, CancellationToken cancellationToken) => database.ReadAsync(
        "select id, processor, chain_id, block_hash, incarnation, block_number, error, attempts, parked_at "
        + "from attribution.parked_block where resolved_at is null order by id limit @limit",
        statement => statement.With("limit", limit), Read, cancellationToken);

    /// <summary>How far each processor is behind the stream.</summary>
    public Task<IReadOnlyList<ProcessorCursor>> CursorsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        "select name, position, behind, parked from attribution.v_processor order by name limit 1000",
        static _ => { },
        reader => new ProcessorCursor(reader.Text("name"), reader.Long("position"), reader.Long("behind"), reader.Long("parked")),
        cancellationToken);

    private static ParkedBlock Read(Npgsql.NpgsqlDataReader reader) => new(
        reader.Long("id"), reader.Text("processor"),
        new BlockKey(reader.Long("chain_id"), reader.Hash("block_hash"), reader.Int("incarnation")), reader.Long("block_number"),
        reader.Text("error"), reader.Int("attempts"), reader.Time("parked_at"));

    private static string Storable(string error) =>
        string.Concat(error.Select(letter => letter == '\0' || char.IsSurrogate(letter) ? '?' : letter)).Cut(ErrorLengthMax);
}
