using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.TestKit.Simulated;

/// <summary>A transaction as the chain sees it, of any type but blobs.</summary>
public sealed record SimulatedTransaction
{
    /// <summary>Its identity.</summary>
    public required Hash32 Hash { get; init; }

    /// <summary>Its EIP-2718 type.</summary>
    public required int Type { get; init; }

    /// <summary>Who signed.</summary>
    public required Address From { get; init; }

    /// <summary>The account called; nothing creates a contract.</summary>
    public Address? To { get; init; }

    /// <summary>The sender's nonce.</summary>
    public required ulong Nonce { get; init; }

    /// <summary>Wei moved.</summary>
    public UInt256 Value { get; init; }

    /// <summary>The most gas it may use.</summary>
    public required ulong GasLimit { get; init; }

    /// <summary>The most paid per gas in all, in wei; what is paid exactly, before type 2.</summary>
    public required UInt256 MaxFeePerGas { get; init; }

    /// <summary>The most paid per gas to the block's producer, in wei; the same as all, before type 2.</summary>
    public required UInt256 MaxPriorityFeePerGas { get; init; }

    /// <summary>The call data or creation code.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The signed bytes; none of a foreign authorization that the chain itself carries
    /// (<see cref="SimulatedChain.ConsumeNonce"/>).</summary>
    public ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>The chain it is signed for; nothing when it is for every chain, as before EIP-155.</summary>
    internal ulong? ChainId { get; init; }

    /// <summary>Access list entries and keys, which cost gas before anything runs.</summary>
    internal (int Addresses, int Keys) AccessList { get; init; }

    /// <summary>The authorizations it carries: each consumes a nonce of its authority.</summary>
    internal IReadOnlyList<CarriedAuthorization> Authorizations { get; init; } = [];

    /// <summary>The most it can cost, in wei.</summary>
    internal UInt256 CostMax => MaxFeePerGas * GasLimit + Value;

    /// <summary>Reads signed bytes of type 0, 1, 2 or 4.</summary>
    /// <exception cref="UnsupportedTransactionTypeException">They are of another type.</exception>
    /// <exception cref="TransactionException">They are no valid transaction.</exception>
    public static SimulatedTransaction FromRaw(ReadOnlyMemory<byte> raw)
    {
        var signed = SignedTransaction.Decode(raw.Span);
        Transaction inner = signed.Transaction;
        (UInt256 cap, UInt256 tip, IReadOnlyList<AccessListEntry> accessList) = inner switch
        {
            LegacyTransaction legacy => (legacy.GasPrice, legacy.GasPrice, []),
            Eip2930Transaction listed => (listed.GasPrice, listed.GasPrice, listed.AccessList),
            Eip1559Transaction dynamic => (dynamic.MaxFeePerGas, dynamic.MaxPriorityFeePerGas, dynamic.AccessList),
            Eip7702Transaction setCode => (setCode.MaxFeePerGas, setCode.MaxPriorityFeePerGas, setCode.AccessList),
            _ => throw new UnsupportedTransactionTypeException(inner.Type),
        };
        return new SimulatedTransaction
        {
            Hash = signed.Hash,
            Type = inner.Type,
            From = signed.Sender,
            To = inner.To,
            Nonce = inner.Nonce,
            Value = inner.Value,
            GasLimit = inner.GasLimit,
            MaxFeePerGas = cap,
            MaxPriorityFeePerGas = tip,
            Data = inner.Data,
            Raw = raw.ToArray(),
            ChainId = inner.SignedChainId,
            AccessList = (accessList.Count, accessList.Sum(entry => entry.StorageKeys.Count)),
            Authorizations = inner is Eip7702Transaction carrier ? CarriedAuthorization.Of(carrier.AuthorizationList) : [],
        };
    }

    /// <summary>True when both are the same transaction.</summary>
    public bool Equals(SimulatedTransaction? other) => other?.Hash == Hash;

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    /// <summary>The tip per gas it leaves to the producer of a block with that base fee; nothing when its fee cap is below it.</summary>
    public UInt256? TipAt(UInt256 baseFee)
    {
        if (MaxFeePerGas < baseFee)
            return null;
        UInt256 room = MaxFeePerGas - baseFee;
        return room < MaxPriorityFeePerGas ? room : MaxPriorityFeePerGas;
    }
}
