using ChainExec.Ethereum.TypedData;

namespace ChainExec.Ethereum.Accounts;

/// <summary>A transaction that the owners of a Safe sign, for Safe contracts from v1.3.0 on, whose signatures hold for one chain.</summary>
/// <param name="To">The account called.</param>
/// <param name="Value">Wei moved to <paramref name="To"/>.</param>
/// <param name="Data">The call data.</param>
/// <param name="Operation">Whether it is called or its code is run as the Safe's.</param>
/// <param name="SafeTxGas">Gas for the call; 0 for all there is.</param>
/// <param name="BaseGas">Gas paid for besides the call's.</param>
/// <param name="GasPrice">What the Safe refunds per gas in units of <paramref name="GasToken"/>; 0 for no refund.</param>
/// <param name="GasToken">The token of the refund; the zero address for the chain's own coin.</param>
/// <param name="RefundReceiver">Who gets the refund; the zero address for whoever sent the transaction.</param>
/// <param name="Nonce">The Safe's nonce.</param>
public sealed record SafeTransaction(
    Address To,
    UInt256 Value,
    ReadOnlyMemory<byte> Data,
    SafeOperation Operation,
    UInt256 SafeTxGas,
    UInt256 BaseGas,
    UInt256 GasPrice,
    Address GasToken,
    Address RefundReceiver,
    UInt256 Nonce)
{
    private const int Word = 32;

    private static readonly Hash32 TypeHash = Keccak256.Hash(
        "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,"u8.ToArray()
            .Concat("address gasToken,address refundReceiver,uint256 nonce)"u8.ToArray()).ToArray());

    /// <summary>The hash that <c>getTransactionHash</c> of the Safe gives and that its owners sign.</summary>
    /// <param name="chainId">The chain.</param>
    /// <param name="safe">The Safe.</param>
    /// <exception cref="ArgumentOutOfRangeException">The operation is neither a call nor a delegate call.</exception>
    public Hash32 Hash(UInt256 chainId, Address safe)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)Operation, (uint)SafeOperation.DelegateCall, nameof(Operation));
        Span<byte> fields = stackalloc byte[11 * Word];
        var writer = new WordWriter(fields);
        writer.Add(TypeHash);
        writer.Add(To);
        writer.Add(Value);
        writer.Add(Keccak256.Hash(Data.Span));
        writer.Add((ulong)Operation);
        writer.Add(SafeTxGas);
        writer.Add(BaseGas);
        writer.Add(GasPrice);
        writer.Add(GasToken);
        writer.Add(RefundReceiver);
        writer.Add(Nonce);
        var domain = new TypedDataDomain(ChainId: chainId, VerifyingContract: safe);
        return Eip191.TypedDataDigest(domain.Separator(), Keccak256.Hash(fields));
    }
}
