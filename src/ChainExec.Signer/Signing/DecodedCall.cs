using ChainExec.Ethereum;

namespace ChainExec.Signer.Signing;

/// <summary>A call decoded down to what it moves.</summary>
/// <param name="Function">
/// Canonical signature (<c>transfer(address,uint256)</c>), or <see cref="Native"/> for a plain transfer of the chain's own coin.
/// </param>
/// <param name="Contract">The token contract; null for the chain's own coin.</param>
/// <param name="Counterparty">Who receives, or who may spend.</param>
/// <param name="Amount">Base units of the asset.</param>
internal sealed record DecodedCall(string Function, Address? Contract, Address Counterparty, UInt256 Amount)
{
    /// <summary>The function name of a transfer of the chain's own coin.</summary>
    internal const string Native = "native";
}
