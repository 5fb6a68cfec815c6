using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>A final block was contradicted. Nothing of this chain is posted or signed until an operator re-anchors it.</summary>
internal sealed record ChainHalted(long Chain, long BlockNumber, Hash32 OurHash, Hash32 TheirHash) : IFactPayload
{
    public static string Type => "indexing.chain_halted";
}
