using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>A transaction as it stands in one incarnation of one block. Block number alone identifies nothing.</summary>
/// <param name="DataFee">What the chain charged beside gas, in wei; nothing where it charges none.</param>
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
    TokenAmount EffectiveGasPrice,
    TokenAmount? DataFee = null)
{
    /// <summary>What it cost its sender besides its value, in wei.</summary>
    public TokenAmount Fee() =>
        new(GasUsed.BaseUnits * EffectiveGasPrice.BaseUnits + (DataFee ?? TokenAmount.Zero).BaseUnits);

    /// <summary>All facts of one sending account on one chain share a key, so that they reach a consumer in order.</summary>
    public static string KeyOf(long chain, Address from) => $"chain:{chain}:from:{from.ToHex()}";
}
