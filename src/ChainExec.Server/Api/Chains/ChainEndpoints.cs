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
internal sealed record ProviderBody(string Name, string Status, long? Head, DateTimeOffset SeenAt);

/// <summary>A chain: what its nodes report, what is indexed, what is final. Nothing is known before the first contact.</summary>
/// <param name="LagBlocks">Blocks between the head and what is indexed.</param>
/// <param name="Halted">Set when a final block was contradicted; only an operator ends that.</param>
internal sealed record ChainBody(
    long Chain, string Name, string NativeAsset, long? Head, DateTimeOffset? HeadSeenAt, BlockBody? Indexed,
    DateTimeOffset? IndexedBlockTime, BlockBody? Final, long? LagBlocks, HaltBody? Halted, IReadOnlyList<ProviderBody> Providers);

/// <summary>An entry of the call registry.</summary>
internal sealed record CallTypeBody(string Name, string Description, string? Signature, CallRisk Risk, JsonObject Schema);

/// <summary>What this service can do, and where: call types, chains.</summary>
internal sealed class ChainEndpoints(CallRegistry registry, ChainDirectory chains, IndexingQueries index)
{
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
        IReadOnlyList<ChainStatus> statuses = await index.ChainsAsync(cancellationToken);
        return Results.Json(new Page<ChainBody>([.. statuses.Select(Show)], NextCursor: null, HasMore: false), ApiJson.Options);
    }

    private ChainBody Show(ChainStatus status) => new(
        status.Chain, status.Name, chains.Get(status.Chain).NativeAsset, status.Head, status.HeadSeenAt, Show(status.Indexed),
        status.IndexedBlockTime, Show(status.Final), status.LagBlocks,
        status.HaltedAt is { } at ? new HaltBody(at, status.HaltReason) : null,
        [.. status.Providers.Select(provider => new ProviderBody(provider.Name, provider.State, provider.Head, provider.SeenAt))]);

    private static BlockBody? Show(BlockRef? block) => block is { } there ? new BlockBody(there.Number, there.Hash) : null;
}
