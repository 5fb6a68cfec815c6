using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.TestKit.Simulated;

/// <summary>A transaction as the chain sees it: signed bytes of type 2, or a foreign authorization of type 4 that has no bytes here.
/// </summary>
public sealed record SimulatedTransaction
{
    /// <summary>The type of a set-code transaction (EIP-7702).</summary>
    internal const int AuthorizationType = 4;

    /// <summary>Its identity.</summary>
    public required Hash32 Hash { get; init; }

    /// <summary>Its EIP-2718 type.</summary>
    public int Type { get; init; } = Eip1559Transaction.Type;

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

    /// <summary>The most paid per gas in all, in wei.</summary>
    public required UInt256 MaxFeePerGas { get; init; }

    /// <summary>The most paid per gas to the block's producer, in wei.</summary>
    public required UInt256 MaxPriorityFeePerGas { get; init; }

    /// <summary>The call data or creation code.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The signed bytes.</summary>
    public ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>The chain it is signed for.</summary>
    internal ulong ChainId { get; init; }

    /// <summary>Access list entries and keys, which cost gas before anything runs.</summary>
    internal (int Addresses, int Keys) AccessList { get; init; }

    /// <summary>The accounts whose nonce this transaction consumes by their authorization, and whom they delegate to.</summary>
    internal IReadOnlyList<(Address Authority, Address? Delegate)> Authorizations { get; init; } = [];

    /// <summary>The most it can cost, in wei.</summary>
    internal UInt256 CostMax => MaxFeePerGas * GasLimit + Value;

    /// <summary>Reads signed bytes of type 2.</summary>
    /// <exception cref="TransactionException">The bytes are no valid transaction.</exception>
    public static SimulatedTransaction FromRaw(ReadOnlyMemory<byte> raw)
    {
        var signed = SignedTransaction.Decode(raw.Span);
        Eip1559Transaction inner = signed.Transaction;
        return new SimulatedTransaction
        {
            Hash = signed.Hash,
            From = signed.Sender,
            To = inner.To,
            Nonce = inner.Nonce,
            Value = inner.Value,
            GasLimit = inner.GasLimit,
            MaxFeePerGas = inner.MaxFeePerGas,
            MaxPriorityFeePerGas = inner.MaxPriorityFeePerGas,
            Data = inner.Data,
            Raw = raw.ToArray(),
            ChainId = inner.ChainId,
            AccessList = (inner.AccessList.Count, inner.AccessList.Sum(entry => entry.StorageKeys.Count)),
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
