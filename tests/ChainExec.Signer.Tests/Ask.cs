using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests;

/// <summary>A sign request with sane defaults: 500 base units of the test dollar from Alice to Bob on nonce 0, for family F1.</summary>
internal sealed record Ask
{
    public static readonly Address Token = Address.Parse("0x00000000000000000000000000000000000000aa");
    public static readonly Address Bob = Address.Parse("0x0000000000000000000000000000000000000b0b");

    private static readonly AbiFunction s_executeBatch = AbiFunction.Parse("executeBatch((address,uint256,bytes)[])");

    /// <summary>Alice's key, for tests only.</summary>
    public static readonly string AliceKeyHex = string.Concat(Enumerable.Repeat("a1", PrivateKey.Size));

    public static readonly Address Alice = AddressOf(AliceKeyHex);

    public ulong Chain { get; init; } = 31337;
    public Address Sender { get; init; } = Alice;
    public ulong Nonce { get; init; }
    public Address To { get; init; } = Token;
    public UInt256 Value { get; init; }
    public byte[]? RawData { get; init; }
    public string Function { get; init; } = CallDecoder.Transfer;
    public Address Recipient { get; init; } = Bob;
    public UInt256 Amount { get; init; } = 500;
    public ulong GasLimit { get; init; } = 100_000;
    public UInt256 FeeCap { get; init; } = 1_000;
    public string Family { get; init; } = "F1";
    public string Carrier { get; init; } = "C1";
    public long Epoch { get; init; } = 1;
    public SignPurpose Purpose { get; init; } = SignPurpose.Intent;
    public IReadOnlyList<string> Members { get; init; } = [];

    public byte[] Data => RawData ?? Encode(Function, Recipient, Amount);

    public Eip1559Transaction Transaction => new(Chain, Nonce, 1, FeeCap, GasLimit, To, Value, Data, []);

    public SignCommand Command => new(Transaction, Sender, Family, Carrier, Epoch, Purpose, Members);

    /// <summary>
    /// The payments in one call of the sender to itself: each one's family is a member, in that order. Nonce and price are the first one's.
    /// </summary>
    public static Ask Batch(string family, params Ask[] payments) => payments[0] with
    {
        To = payments[0].Sender,
        Value = 0,
        RawData = s_executeBatch.EncodeCall(
            [payments.Select(payment => new object[] { payment.To, payment.Value, payment.Data }).ToArray()]),
        Family = family,
        Members = [.. payments.Select(payment => payment.Family)],
        GasLimit = 500_000,
    };

    /// <summary>An empty transaction from the sender to itself on the same nonce.</summary>
    public Ask AsFill(string family) => this with { To = Sender, Value = 0, RawData = [], Family = family, Purpose = SignPurpose.Fill };

    /// <summary>A plain transfer of the chain's own coin.</summary>
    public Ask AsNative(UInt256 wei) => this with { To = Recipient, Value = wei, RawData = [] };

    public static PrivateKey AliceKey() => PrivateKey.FromBytes(Convert.FromHexString(AliceKeyHex));

    private static byte[] Encode(string function, Address account, UInt256 amount)
    {
        byte[] data = new byte[68];
        byte[] selector = Keccak256.Hash(System.Text.Encoding.ASCII.GetBytes(function)).ToArray()[..4];
        selector.CopyTo(data, 0);
        account.CopyTo(data.AsSpan(16));
        amount.WriteBigEndian(data.AsSpan(36));
        return data;
    }

    private static Address AddressOf(string keyHex)
    {
        using PrivateKey key = PrivateKey.FromBytes(Convert.FromHexString(keyHex));
        return key.Address;
    }
}
