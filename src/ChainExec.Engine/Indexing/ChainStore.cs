using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Indexing;

/// <summary>What one provider last answered.</summary>
internal enum ProviderState
{
    Ok,
    Unavailable,
    Faulty,
}

/// <summary>A provider's last answer as it is shown to people; nothing is decided from it.</summary>
/// <param name="Learned">What was learned of it; nothing while it was not read in ranges.</param>
/// <param name="IsWell">False while it is left out for failing.</param>
internal sealed record ProviderReport(
    string Name, ProviderState State, long? Head, string? Detail, RpcLearnedLimits? Learned = null, bool? IsWell = null);

/// <summary>The heads that enough providers name, as they are shown to people.</summary>
internal sealed record HeadReport(long? Head, DateTimeOffset? Time, long? Safe);

/// <summary>The chain row: registration, lease and epoch, halt, and what the providers answered.</summary>
internal sealed class ChainStore(UnitOfWork unitOfWork, FactWriter facts)
{
    private const int HaltReasonLengthMax = 2000;
    private const int DetailLengthMax = 500;

    private const string StateColumns =
        "chain_id, lease_epoch, genesis_hash, start_number, tip_number, tip_hash, final_number, final_hash, "
        + "halted_at is not null as halted, stalled_at is not null as stalled";

    /// <summary>First contact. A chain that is registered already keeps what it has.</summary>
    public Task RegisterAsync(long chain, Hash32 genesis, long start, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into indexing.chain (chain_id, genesis_hash, start_number) values (@chain, @genesis, @start) on conflict do nothing
            """;
        return unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).With("chain", chain).With("genesis", genesis).With("start", start).ExecuteAsync(token),
            cancellationToken);
    }

    /// <summary>Takes the chain when it is free or its lease ran out, under a new epoch; nothing while another process has it.</summary>
    /// <param name="isFree">This process holds the session lock: who had the lease is dead, however long it was to last.</param>
    public Task<ChainState?> TryLeaseAsync(
        long chain, string holder, TimeSpan duration, bool isFree, CancellationToken cancellationToken)
    {
        const string sql = $"""
            update indexing.chain
            set    leased_by = @holder, lease_epoch = lease_epoch + 1, leased_until = storage.clock() + @duration
            where  chain_id = @chain and (@free or leased_until is null or leased_until < storage.clock())
            returning {StateColumns}
            """;
        return unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).With("chain", chain).With("holder", holder).With("duration", duration)
                .With("free", isFree).ReadSingleAsync(ReadState, token),
            cancellationToken);
    }

    /// <summary>Prolongs the lease; nothing when it was lost. A lease that ran out and that nobody took is still ours.</summary>
    public Task<ChainState?> RenewAsync(long chain, long epoch, TimeSpan duration, CancellationToken cancellationToken)
    {
        const string sql = $"""
            update indexing.chain
            set    leased_until = storage.clock() + @duration
            where  chain_id = @chain and lease_epoch = @epoch and leased_by is not null
            returning {StateColumns}
            """;
        return unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).With("chain", chain).With("epoch", epoch).With("duration", duration)
                .ReadSingleAsync(ReadState, token),
            cancellationToken);
    }

    /// <summary>The state under a lease that needs no prolonging yet; nothing when it was lost.</summary>
    public Task<ChainState?> ReadAsync(long chain, long epoch, CancellationToken cancellationToken)
    {
        const string sql =
            $"select {StateColumns} from indexing.chain where chain_id = @chain and lease_epoch = @epoch and leased_by is not null";
        return unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).With("chain", chain).With("epoch", epoch).ReadSingleAsync(ReadState, token),
            cancellationToken);
    }

    /// <summary>The state whoever holds the chain; nothing when it was never registered.</summary>
    public Task<ChainState?> PeekAsync(long chain, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            (session, token) => session.Sql($"select {StateColumns} from indexing.chain where chain_id = @chain").With("chain", chain)
                .ReadSingleAsync(ReadState, token),
            cancellationToken);

    /// <summary>Frees the chain at a graceful stop, so that the next process need not wait for the lease to run out.</summary>
    public Task ReleaseAsync(long chain, long epoch, CancellationToken cancellationToken)
    {
        const string sql =
            "update indexing.chain set leased_by = null, leased_until = null where chain_id = @chain and lease_epoch = @epoch";
        return unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).With("chain", chain).With("epoch", epoch).ExecuteAsync(token), cancellationToken);
    }

    /// <summary>Locks the chain row: the first statement of every transaction that writes blocks.</summary>
    /// <exception cref="StaleWriteException">Another process took the chain, or it was halted.</exception>
    public async Task<ChainState> LockAsync(DbSession session, long chain, long epoch, CancellationToken cancellationToken)
    {
        const string sql = $"select {StateColumns} from indexing.chain where chain_id = @chain for update";
        ChainState? state = await session.Sql(sql).With("chain", chain).ReadSingleAsync(ReadState, cancellationToken);
        if (state is null || state.Epoch != epoch)
            throw new StaleWriteException($"Chain {chain} is indexed by another process now: epoch {state?.Epoch}, ours was {epoch}.");
        return state.IsHalted ? throw new StaleWriteException($"Chain {chain} was halted.") : state;
    }

    /// <summary>Locks the chain row for whoever adds to what is final already, whichever process follows the chain.</summary>
    /// <exception cref="StaleWriteException">The chain was halted, or was never registered.</exception>
    public async Task<ChainState> LockUnheldAsync(DbSession session, long chain, CancellationToken cancellationToken)
    {
        const string sql = $"select {StateColumns} from indexing.chain where chain_id = @chain for update";
        return await session.Sql(sql).With("chain", chain).ReadSingleAsync(ReadState, cancellationToken) is { IsHalted: false } state
            ? state
            : throw new StaleWriteException($"Chain {chain} was halted, or is not indexed yet.");
    }

    /// <summary>Stops the chain: a final block is contradicted. Only an operator ends it.</summary>
    public Task HaltAsync(ChainState state, BlockRef ours, Hash32 theirs, CancellationToken cancellationToken)
    {
        string reason = $"The providers have {theirs} at height {ours.Number}, where block {ours.Hash} is final.";
        const string sql = "update indexing.chain set halted_at = storage.clock(), halt_reason = @reason where chain_id = @chain";
        return unitOfWork.RunAsync(
            async (session, token) =>
            {
                await LockAsync(session, state.Chain, state.Epoch, token);
                await session.Sql(sql).With("chain", state.Chain).With("reason", reason.Cut(HaltReasonLengthMax)).ExecuteAsync(token);
                var halted = new ChainHalted(state.Chain, ours.Number, ours.Hash, theirs);
                await facts.AppendAsync(session, $"chain:{state.Chain}", owner: null, halted, token);
            },
            cancellationToken);
    }

    /// <summary>Says that the chain does not move, once until it does.</summary>
    public Task StallsAsync(ChainState state, long? head, string reason, CancellationToken cancellationToken) => TellAsync(
        state, "update indexing.chain set stalled_at = storage.clock() where chain_id = @chain and stalled_at is null",
        new ChainStalled(state.Chain, state.Tip?.Number, head, reason.Cut(HaltReasonLengthMax)!), cancellationToken);

    /// <summary>Says that it moves again.</summary>
    public Task MovesAsync(ChainState state, CancellationToken cancellationToken) => TellAsync(
        state, "update indexing.chain set stalled_at = null where chain_id = @chain and stalled_at is not null",
        new ChainMoves(state.Chain), cancellationToken);

    private Task TellAsync<T>(ChainState state, string sql, T payload, CancellationToken cancellationToken)
        where T : IFactPayload => unitOfWork.RunAsync(
            async (session, token) =>
            {
                await LockAsync(session, state.Chain, state.Epoch, token);
                if (await session.Sql(sql).With("chain", state.Chain).ExecuteAsync(token) == 1)
                    await facts.AppendAsync(session, $"chain:{state.Chain}", owner: null, payload, token);
            },
            cancellationToken);

    /// <summary>Writes down what the providers answered and the head that enough of them have.</summary>
    public Task ReportAsync(long chain, HeadReport heads, IReadOnlyList<ProviderReport> reports, CancellationToken cancellationToken)
    {
        const string providersSql = """
            insert into indexing.provider (chain_id, name, state, head_number, detail, seen_at, block_range, batch_size,
                                           requests_per_second, is_well)
            select @chain, name, state, head, detail, storage.clock(), block_range, batch_size, requests_per_second, is_well
            from   unnest(@names, @states, @heads, @details, @ranges, @batches, @rates, @well)
                   as r(name, state, head, detail, block_range, batch_size, requests_per_second, is_well)
            on conflict (chain_id, name) do update
            set    state = excluded.state, detail = excluded.detail, seen_at = excluded.seen_at,
                   head_number = coalesce(excluded.head_number, indexing.provider.head_number),
                   block_range = coalesce(excluded.block_range, indexing.provider.block_range),
                   batch_size = coalesce(excluded.batch_size, indexing.provider.batch_size),
                   requests_per_second = case when excluded.block_range is null then indexing.provider.requests_per_second
                                              else excluded.requests_per_second end,
                   is_well = excluded.is_well
            """;
        const string headSql = """
            update indexing.chain
            set    head_number = @head, head_seen_at = storage.clock(), head_time = @time, safe_number = coalesce(@safe, safe_number)
            where  chain_id = @chain
            """;
        return unitOfWork.RunAsync(
            async (session, token) =>
            {
                if (heads.Head is not null)
                    await session.Sql(headSql).With("chain", chain).With("head", heads.Head).With("time", heads.Time)
                        .With("safe", heads.Safe).ExecuteAsync(token);
                await session.Sql(providersSql)
                    .With("chain", chain)
                    .WithArray("names", [.. reports.Select(report => report.Name)], NpgsqlDbType.Text)
                    .WithArray("states", [.. reports.Select(report => EnumText.Of(report.State))], NpgsqlDbType.Text)
                    .WithArray("heads", [.. reports.Select(report => report.Head)], NpgsqlDbType.Bigint)
                    .WithArray("details", [.. reports.Select(report => report.Detail.Cut(DetailLengthMax))], NpgsqlDbType.Text)
                    .WithArray("ranges", [.. reports.Select(report => report.Learned?.BlockRange)], NpgsqlDbType.Integer)
                    .WithArray("batches", [.. reports.Select(report => report.Learned?.BatchSize)], NpgsqlDbType.Integer)
                    .WithArray("rates", [.. reports.Select(report => report.Learned?.RequestsPerSecond)], NpgsqlDbType.Integer)
                    .WithArray("well", [.. reports.Select(report => report.IsWell)], NpgsqlDbType.Boolean)
                    .ExecuteAsync(token);
            },
            cancellationToken);
    }

    /// <summary>What was learned of the chain's providers before.</summary>
    public Task<IReadOnlyList<RpcLearnedLimits>> LearnedAsync(long chain, CancellationToken cancellationToken)
    {
        const string sql = """
            select name, block_range, batch_size, requests_per_second
            from   indexing.provider
            where  chain_id = @chain and block_range is not null and batch_size is not null
            """;
        return unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).With("chain", chain).ReadAsync(
                reader => new RpcLearnedLimits(
                    reader.Text("name"), reader.Int("block_range"), reader.Int("batch_size"), reader.IntOrNull("requests_per_second")),
                token),
            cancellationToken);
    }

    private static ChainState ReadState(NpgsqlDataReader reader) => new(
        reader.Long("chain_id"),
        reader.Long("lease_epoch"),
        reader.Hash("genesis_hash"),
        reader.Long("start_number"),
        ReadRef(reader, "tip"),
        ReadRef(reader, "final"),
        reader.Bool("halted"))
    {
        IsStalled = reader.Bool("stalled"),
    };

    private static BlockRef? ReadRef(NpgsqlDataReader reader, string prefix) =>
        reader.HashOrNull($"{prefix}_hash") is { } hash ? new BlockRef(reader.Long($"{prefix}_number"), hash) : null;
}
