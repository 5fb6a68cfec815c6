using System.Text.Json.Nodes;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Indexing;

namespace ChainExec.Server.Api.Chains;

/// <summary>A block by number and hash.</summary>
internal sealed record BlockBody(long Number, Hash32 Hash);

/// <summary>Why nothing is signed or booked on a chain.</summary>
internal sealed record HaltBody(DateTimeOffset At, string? Reason);

/// <summary>A provider of a chain by its name; its address may hold a key and is never shown.</summary>
/// <param name="BlockRange">Blocks it serves in one eth_getLogs, as learned; so are the calls in a batch and the rate.</param>
internal sealed record ProviderBody(
    string Name, string Status, long? Head, DateTimeOffset SeenAt, int? BlockRange, int? BatchSize, int? RequestsPerSecond, bool? IsWell);

/// <summary>How far the reading of final blocks in ranges is.</summary>
internal sealed record BackfillBody(
    long Target, long RemainingBlocks, long? BlocksPerSecond, long? EventsPerSecond, long? EtaSeconds);

/// <summary>A reorg that was rolled back.</summary>
/// <param name="Ancestor">The block that stayed; nothing when none did.</param>
/// <param name="Transactions">How many transactions of ours it orphaned.</param>
internal sealed record ReorgBody(BlockBody From, BlockBody? Ancestor, int Depth, int Transactions, DateTimeOffset At);

/// <summary>A chain: what its nodes report, what is indexed, what is final. Nothing is known before the first contact.</summary>
/// <param name="Safe">The highest block that the providers call safe, where the chain has that tag.</param>
/// <param name="LagBlocks">Blocks between the head and what is indexed.</param>
/// <param name="LagSeconds">The time between those two blocks.</param>
/// <param name="Backfill">Set while final blocks are read in ranges.</param>
/// <param name="Reorgs">The latest, newest first.</param>
/// <param name="Halted">Set when a final block was contradicted; only an operator ends that.</param>
internal sealed record ChainBody(
    long Chain, string Name, string NativeAsset, long? Head, DateTimeOffset? HeadSeenAt, BlockBody? Indexed,
    DateTimeOffset? IndexedBlockTime, long? Safe, BlockBody? Final, long? LagBlocks, long? LagSeconds, HaltBody? Halted,
    BackfillBody? Backfill, IReadOnlyList<ProviderBody> Providers, IReadOnlyList<ReorgBody> Reorgs);

/// <summary>An entry of the call registry.</summary>
internal sealed record CallTypeBody(string Name, string Description, string? Signature, CallRisk Risk, JsonObject Schema);

/// <summary>What this service can do, and where: call types, chains.</summary>
internal sealed class ChainEndpoints(CallRegistry registry, ChainDirectory chains, IndexingQueries index)
{
    private const int ReorgsShown = 10;

    /// <summary><c>GET /v1/call-types</c>.</summary>
    public IResult CallTypes() => Results.Json(
        new Page<CallTypeBody>(
            [.. registry.All.Select(type => new CallTypeBody(type.Name, type.Description, type.Signature, type.Risk, type.Schema()))],
            NextCursor: null,
            HasMore: false),
        ApiJson.Options);

    /// <summary><c>GET /v1/chains</c>.</summary>
    public async Task<IResult> ChainsAsync(CancellationToken cancellationToken)
    {
        var shown = new List<ChainBody>();
        foreach (ChainStatus status in await index.ChainsAsync(cancellationToken))
            shown.Add(Show(status, await index.ReorgsAsync(status.Chain, ReorgsShown, cancellationToken)));
        return Results.Json(new Page<ChainBody>(shown, NextCursor: null, HasMore: false), ApiJson.Options);
    }

    private ChainBody Show(ChainStatus status, IReadOnlyList<ReorgRecord> reorgs) => new(
        status.Chain, status.Name, chains.Get(status.Chain).NativeAsset, status.Head, status.HeadSeenAt, Show(status.Indexed),
        status.IndexedBlockTime, status.Safe, Show(status.Final), status.LagBlocks, Seconds(status.Lag),
        status.HaltedAt is { } at ? new HaltBody(at, status.HaltReason) : null,
        status.Backfill is { } fill
            ? new BackfillBody(
                fill.Target, fill.RemainingBlocks, fill.BlocksPerSecond, fill.EventsPerSecond, Seconds(fill.Eta))
            : null,
        [.. status.Providers.Select(provider => new ProviderBody(
            provider.Name, provider.State, provider.Head, provider.SeenAt, provider.BlockRange, provider.BatchSize,
            provider.RequestsPerSecond, provider.IsWell))],
        [.. reorgs.Select(reorg => new ReorgBody(
            Show(reorg.From)!, Show(reorg.Ancestor), reorg.Depth, reorg.Transactions, reorg.At))]);

    private static long? Seconds(TimeSpan? span) => (long?)span?.TotalSeconds;

    private static BlockBody? Show(BlockRef? block) => block is { } there ? new BlockBody(there.Number, there.Hash) : null;
}
