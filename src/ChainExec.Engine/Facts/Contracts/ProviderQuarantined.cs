using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>A provider said something else of a block than the providers that made it final: it has no vote until it agrees.</summary>
/// <param name="BlockHash">The final block at that height.</param>
/// <param name="TheirHash">What it gave there; the same hash when it gave another header under it.</param>
internal sealed record ProviderQuarantined(long Chain, string Provider, long BlockNumber, Hash32 BlockHash, Hash32 TheirHash) : IFactPayload
{
    public static string Type => "indexing.provider_quarantined";
}

/// <summary>A provider that was quarantined votes again: it has our final block, or the chain was re-anchored.</summary>
internal sealed record ProviderReleased(long Chain, string Provider) : IFactPayload
{
    public static string Type => "indexing.provider_released";
}
