using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Attribution.Processors;

/// <summary>A block at which a processor is parked, as an operator sees it.</summary>
internal sealed record ParkedBlock(long Id, string Processor, BlockKey Block, long Number, string Error, int Attempts, DateTimeOffset At);

/// <summary>How far a processor is.</summary>
/// <param name="Behind">Positions between it and the end of the stream; nought when nothing there concerns it.</param>
/// <param name="Parked">At how many blocks it is parked.</param>
internal sealed record ProcessorCursor(string Name, int Version, long Position, long Behind, long Parked);

/// <summary>What there is to do for the processors of a group.</summary>
/// <param name="Begin">One is new, or has a later version.</param>
/// <param name="IsReleased">An operator released a block at which one was parked.</param>
/// <param name="AreBehind">Something on the stream is still to be read by one of them.</param>
/// <param name="AreApart">They are not all at one place.</param>
internal sealed record ProcessorsDue(bool Begin, bool IsReleased, bool AreBehind, bool AreApart);

/// <summary>The cursors of processors, what reached them, and where they are parked.</summary>
internal sealed class ProcessorStore(Database database)
{
    private const int ErrorLengthMax = 4000;

    // Processors move with what is theirs, or by so many positions at once.
    private const int UnwantedMax = 200;

    /// <summary>
    /// Every processor has a cursor; a new one begins at the beginning, and so does one whose version is a later one. An older process
    /// beside this one leaves such a processor alone.
    /// </summary>
    /// <returns>Those that begin.</returns>
    public async Task<IReadOnlyList<string>> EnsureAsync(
        DbSession session, IReadOnlyList<Registered> processors, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.processor as p (name, version) select * from unnest(@names, @versions)
            on conflict (name) do update set version = excluded.version, position = 0, next_log = 0, updated_at = storage.clock()
            where  p.version < excluded.version
            returning name
            """;
        IReadOnlyList<string> begun = await ProcessorFacts.WithVersions(session.Sql(sql), processors)
            .ReadAsync(reader => reader.Text("name"), cancellationToken);
        if (begun.Count > 0)
        {
            await session.Sql("""
                update attribution.parked_block set resolved_at = storage.clock(), retry_requested = false
                where  processor = any (@names) and resolved_at is null
                """)
                .WithArray("names", begun, NpgsqlDbType.Text).ExecuteAsync(cancellationToken);
            await session.Sql("delete from attribution.partial where processor = any (@names)")
                .WithArray("names", begun, NpgsqlDbType.Text).ExecuteAsync(cancellationToken);
        }

        return begun;
    }

    /// <summary>What there is to do for these processors; outside any transaction, because mostly there is nothing.</summary>
    public async Task<ProcessorsDue> DueAsync(IReadOnlyList<Registered> processors, CancellationToken cancellationToken)
    {
        const string sql = """
            with at as (
              select count(*) filter (where p.version >= v.version) as ready,
                     min(p.position) filter (where p.version = v.version) as lowest,
                     count(distinct (p.position, p.next_log)) filter (where p.version = v.version) as places,
                     (select max(position) from facts.v_stream) as head
              from   unnest(@names, @versions) as v(name, version)
              left   join attribution.processor p using (name)
            )
            select at.ready < cardinality(@names) as begin,
                   exists (select from attribution.parked_block where retry_requested and processor = any (@names)) as is_released,
                   coalesce(at.head - at.lowest >= @unwanted, false)
                   or exists (select from facts.v_stream s
                              where s.position > at.lowest and s.position <= at.head and s.type = any (@types)) as are_behind,
                   at.places > 1 as are_apart
            from   at
            """;
        return (await database.ReadAsync(
            sql,
            statement => ProcessorFacts.WithVersions(statement, processors).With("unwanted", UnwantedMax)
                .WithArray("types", ProcessorFeed.Types, NpgsqlDbType.Text),
            reader => new ProcessorsDue(
                reader.Bool("begin"), reader.Bool("is_released"), reader.Bool("are_behind"), reader.Bool("are_apart")),
            cancellationToken))[0];
    }

    /// <summary>Locks the cursors of those that no other process has now.</summary>
    public async Task<IReadOnlyDictionary<string, FeedPosition>> LockAsync(
        DbSession session, IReadOnlyList<Registered> processors, CancellationToken cancellationToken) =>
        (await ProcessorFacts.WithVersions(
            session.Sql("""
                select p.name, p.position, p.next_log
                from   attribution.processor p
                join   unnest(@names, @versions) as v(name, version) on p.name = v.name and p.version = v.version
                order  by p.name
                for    update of p skip locked
                """),
            processors)
            .ReadAsync(
                reader => (Name: reader.Text("name"), At: new FeedPosition(reader.Long("position"), reader.Int("next_log"))),
                cancellationToken))
        .ToDictionary(row => row.Name, row => row.At);

    /// <summary>How far processors are at least, whoever has them now.</summary>
    public async Task<IReadOnlyDictionary<string, long>> PositionsAsync(
        DbSession session, IEnumerable<string> names, CancellationToken cancellationToken) =>
        (await session.Sql("select name, position from attribution.processor where name = any (@names)")
            .WithArray("names", [.. names], NpgsqlDbType.Text)
            .ReadAsync(reader => (Name: reader.Text("name"), Position: reader.Long("position")), cancellationToken))
        .ToDictionary(row => row.Name, row => row.Position);

    public Task<long> HeadAsync(DbSession session, CancellationToken cancellationToken) =>
        session.Sql("select coalesce(max(position), 0) from facts.v_stream").ScalarAsync<long>(cancellationToken);

    public Task<int> MoveAsync(DbSession session, IEnumerable<string> names, FeedPosition to, CancellationToken cancellationToken) =>
        session.Sql("""
            update attribution.processor set position = @position, next_log = @next, updated_at = storage.clock() where name = any (@names)
            """)
            .With("position", to.Position).With("next", to.NextLog).WithArray("names", [.. names], NpgsqlDbType.Text)
            .ExecuteAsync(cancellationToken);

    /// <summary>Which of these transactions had reached whom.</summary>
    public async Task<IReadOnlySet<(string Processor, TransactionKey Key)>> ReachedAsync(
        DbSession session, IReadOnlyList<Registered> processors, IEnumerable<TransactionKey> keys, CancellationToken cancellationToken)
    {
        const string sql = """
            select p.processor, p.chain_id, p.block_hash, p.incarnation, p.tx_hash
            from   unnest(@chains, @blocks, @incarnations, @hashes) as k(chain_id, block_hash, incarnation, tx_hash)
            join   attribution.processed p using (chain_id, block_hash, incarnation, tx_hash)
            join   unnest(@names, @versions) as v(name, version) on p.processor = v.name and p.version = v.version
            where  p.phase = 'included'
            """;
        return (await ProcessorFacts.WithVersions(ProcessorFeed.WithKeys(session.Sql(sql), keys), processors)
            .ReadAsync(reader => (reader.Text("processor"), ProcessorFeed.KeyOf(reader)), cancellationToken)).ToHashSet();
    }

    /// <summary>The first log that is still to be read, of transactions that a processor has made something of in part.</summary>
    public async Task<IReadOnlyDictionary<(string Processor, TransactionKey Key), int>> BegunAsync(
        DbSession session, IReadOnlyList<Registered> processors, IEnumerable<TransactionKey> keys, CancellationToken cancellationToken)
    {
        const string sql = """
            select p.processor, p.chain_id, p.block_hash, p.incarnation, p.tx_hash, p.next_log
            from   unnest(@chains, @blocks, @incarnations, @hashes) as k(chain_id, block_hash, incarnation, tx_hash)
            join   attribution.partial p using (chain_id, block_hash, incarnation, tx_hash)
            where  p.processor = any (@names)
            """;
        return (await ProcessorFeed.WithKeys(session.Sql(sql), keys)
            .WithArray("names", [.. processors.Select(one => one.Name)], NpgsqlDbType.Text)
            .ReadAsync(
                reader => (Key: (reader.Text("processor"), ProcessorFeed.KeyOf(reader)), Next: reader.Int("next_log")), cancellationToken))
            .ToDictionary(row => row.Key, row => row.Next);
    }

    /// <summary>Remembers for ever that a transaction reached a processor, or how far it has when more of it follows.</summary>
    public async Task RememberPartsAsync(
        DbSession session, IReadOnlyList<(Registered Processor, FeedPart Part)> reached, CancellationToken cancellationToken)
    {
        const string further = """
            insert into attribution.partial as p (processor, chain_id, block_hash, incarnation, tx_hash, next_log)
            select * from unnest(@processors, @chains, @blocks, @incarnations, @hashes, @nexts)
            on conflict (chain_id, block_hash, incarnation, tx_hash, processor) do update set next_log = excluded.next_log
            """;
        const string through = """
            delete from attribution.partial p
            using  unnest(@processors, @chains, @blocks, @incarnations, @hashes) as k(processor, chain_id, block_hash, incarnation, tx_hash)
            where  p.chain_id = k.chain_id and p.block_hash = k.block_hash and p.incarnation = k.incarnation and p.tx_hash = k.tx_hash
            and    p.processor = k.processor
            """;
        List<(Registered Processor, FeedPart Part)> parts = [.. reached.Where(one => !one.Part.IsLast)];
        if (parts.Count > 0)
        {
            await WithReached(session, further, parts)
                .WithArray("nexts", [.. parts.Select(one => one.Part.NextLog!.Value)], NpgsqlDbType.Integer)
                .ExecuteAsync(cancellationToken);
        }

        List<(Registered Processor, FeedPart Part)> whole = [.. reached.Where(one => one.Part.IsLast)];
        if (whole.Exists(one => one.Part.FirstLog > 0))
            await WithReached(session, through, whole).ExecuteAsync(cancellationToken);
        await RememberAsync(
            session, [.. whole.Select(one => (one.Processor, one.Part.Item))], FeedPhase.Included, onceOnly: true, cancellationToken);
    }

    /// <summary>Remembers that the end of a transaction reached a processor, or that a part of its end did.</summary>
    public Task RememberEndsAsync(
        DbSession session, IReadOnlyList<(Registered Processor, FeedItem Item)> reached, FeedPhase phase,
        CancellationToken cancellationToken) => RememberAsync(session, reached, phase, onceOnly: false, cancellationToken);

    // A second inclusion is refused by the key. Ends are guarded by the rows that end: what was ended does not end again.
    private static async Task RememberAsync(
        DbSession session, IReadOnlyList<(Registered Processor, FeedItem Item)> rows, FeedPhase phase, bool onceOnly,
        CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        string sql = $"""
            insert into attribution.processed (processor, version, chain_id, block_hash, incarnation, tx_hash, phase, position)
            select p.processor, p.version, p.chain_id, p.block_hash, p.incarnation, p.tx_hash, @phase, p.position
            from   unnest(@processors, @versions, @chains, @blocks, @incarnations, @hashes, @positions)
                   as p(processor, version, chain_id, block_hash, incarnation, tx_hash, position)
            {(onceOnly ? "" : "on conflict do nothing")}
            """;
        await ProcessorFeed.WithKeys(session.Sql(sql), rows.Select(row => row.Item.Key)).With("phase", phase)
            .WithArray("processors", [.. rows.Select(row => row.Processor.Name)], NpgsqlDbType.Text)
            .WithArray("versions", [.. rows.Select(row => row.Processor.Version)], NpgsqlDbType.Integer)
            .WithArray("positions", [.. rows.Select(row => row.Item.Position)], NpgsqlDbType.Bigint)
            .ExecuteAsync(cancellationToken);
    }

    private static Statement WithReached(
        DbSession session, string sql, IReadOnlyList<(Registered Processor, FeedPart Part)> reached) =>
        ProcessorFeed.WithKeys(session.Sql(sql), reached.Select(one => one.Part.Item.Key))
            .WithArray("processors", [.. reached.Select(one => one.Processor.Name)], NpgsqlDbType.Text);

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
            .With("error", PlainText.Of(parked.Error.Cut(ErrorLengthMax))).ExecuteAsync(cancellationToken);
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

    /// <summary>Whether a block is still released: it is not when the processor failed there again.</summary>
    public Task<bool> IsReleasedAsync(DbSession session, ParkedBlock parked, CancellationToken cancellationToken) =>
        session.Sql("select retry_requested from attribution.parked_block where id = @id").With("id", parked.Id)
            .ScalarAsync<bool>(cancellationToken);

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
        "select name, version, position, behind, parked from attribution.v_processor order by name limit 1000",
        static _ => { },
        reader => new ProcessorCursor(
            reader.Text("name"), reader.Int("version"), reader.Long("position"), reader.Long("behind"), reader.Long("parked")),
        cancellationToken);

    private static ParkedBlock Read(Npgsql.NpgsqlDataReader reader) => new(
        reader.Long("id"), reader.Text("processor"),
        new BlockKey(reader.Long("chain_id"), reader.Hash("block_hash"), reader.Int("incarnation")), reader.Long("block_number"),
        reader.Text("error"), reader.Int("attempts"), reader.Time("parked_at"));
}
