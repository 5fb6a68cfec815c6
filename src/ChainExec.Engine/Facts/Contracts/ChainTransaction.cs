using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>A transaction as it stands in one incarnation of one block. Block number alone identifies nothing.</summary>
public sealed record ChainTransaction(
    long Chain,
    long BlockNumber,
    Hash32 BlockHash,
    int Incarnation,
    DateTimeOffset BlockTime,
    Hash32 TxHash,
    int TxIndex,
    Address From,
    Address? To,
    long Nonce,
    TokenAmount Value,
    bool Succeeded,
    TokenAmount GasUsed,
    TokenAmount EffectiveGasPrice)
{
    /// <summary>All facts of one sending account on one chain share a key, so that they reach a consumer in order.</summary>
    public static string KeyOf(long chain, Address from) => $"chain:{chain}:from:{from.ToHex()}";
}
