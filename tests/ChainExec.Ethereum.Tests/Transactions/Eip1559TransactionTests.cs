using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Transactions;

public sealed class Eip1559TransactionTests
{
    // Signed by an independent implementation with the key of EIP-155's example.
    private const string Payment =
        "0x02f873010984773594008504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080c001a079b7c7f86885"
        + "a63564d32f1970e457e0d5e904f6e3373aaf114ac871d96aee31a0461db850185ce53f5923ea61800444727d21e2cbe15393e774a8e6a6ef495681";

    private const string Creation =
        "0x02f8c6827a6980800783015f908080826000f872f859941111111111111111111111111111111111111111f842a000000000000000000000000000"
        + "00000000000000000000000000000000000000a02222222222222222222222222222222222222222222222222222222222222222d694333333333333"
        + "3333333333333333333333333333c001a03d36ebff8578327e18e1a497f922a6451c775544a7e2b6bb8d36d42556e99102a0472472512bfaf4f5e3f3"
        + "779dce98e7d2192d5e3a359187a2ff1e4342d12521d0";

    private static readonly Address Signer = Address.Parse("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");

    private static Eip1559Transaction ExamplePayment => new(
        1, 9, 2_000_000_000, 20_000_000_000, 21_000, Address.Parse("0x3535353535353535353535353535353535353535"),
        1_000_000_000_000_000_000, ReadOnlyMemory<byte>.Empty, []);

    [Fact]
    public void Signing_gives_the_bytes_of_an_independent_implementation()
    {
        using PrivateKey key = ExampleKey();
        byte[] raw = ExamplePayment.Encode(key.Sign(ExamplePayment.SigningHash()));
        Assert.Equal(Payment, Hex.Encode(raw));
    }

    [Fact]
    public void Payment_is_decoded_with_its_hash_and_sender()
    {
        SignedTransaction signed = Eip1559Transaction.Decode(Hex.Decode(Payment));
        Assert.Equal("0x24498ddd5206baab07c1b0037b6d142b10880f6ae0630b97e67e67732044028e", signed.Hash.ToString());
        Assert.Equal(Signer, signed.Sender);
        Assert.Equal(ExamplePayment, signed.Transaction);
    }

    [Fact]
    public void Creation_with_access_list_is_decoded_and_encoded_to_the_same_bytes()
    {
        SignedTransaction signed = Eip1559Transaction.Decode(Hex.Decode(Creation));
        var transaction = Assert.IsType<Eip1559Transaction>(signed.Transaction);
        Assert.Null(transaction.To);
        Assert.Equal([2, 0], transaction.AccessList.Select(entry => entry.StorageKeys.Count));
        Assert.Equal("0x5165f3d92f83efe505d282333d6181e187bb4b636ce59bbfbe5a5f39a91c8464", signed.Transaction.SigningHash().ToString());
        Assert.Equal("0x3bee9cee3f909ebb5b4be6762caf71fbb5ced9fae19efecad3b5a10bfb579522", signed.Hash.ToString());
        Assert.Equal(Signer, signed.Sender);
        Assert.Equal(Creation, Hex.Encode(signed.Transaction.Encode(signed.Signature)));
    }

    [Fact]
    public void High_s_is_refused()
    {
        SignedTransaction signed = SignedTransaction.Decode(Hex.Decode(Payment));
        UInt256 order = UInt256.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        var mirrored = new Signature(signed.Signature.R, order - signed.Signature.S, !signed.Signature.YParity);
        Assert.Throws<TransactionException>(() => SignedTransaction.Decode(signed.Transaction.Encode(mirrored)));
    }

    [Theory]
    [InlineData(1UL, 9UL, 3UL, 2UL)]
    [InlineData(1UL, ulong.MaxValue, 1UL, 2UL)]
    public void Fields_outside_their_range_are_refused(ulong chainId, ulong nonce, ulong priorityFee, ulong feeCap)
    {
        using PrivateKey key = ExampleKey();
        Eip1559Transaction transaction = ExamplePayment with
        {
            ChainId = chainId, Nonce = nonce, MaxPriorityFeePerGas = priorityFee, MaxFeePerGas = feeCap,
        };
        byte[] raw = transaction.Encode(key.Sign(transaction.SigningHash()));
        Assert.Throws<TransactionException>(() => SignedTransaction.Decode(raw));
    }

    [Theory]
    [InlineData("0x01c0", 1)]
    [InlineData("0x03c0", 3)]
    [InlineData("0x05c0", 5)]
    [InlineData("0xc0", 0)]
    public void Other_types_are_named_by_their_own_exception_where_only_this_one_is_expected(string raw, byte type) =>
        Assert.Equal(
            type,
            Assert.Throws<UnsupportedTransactionTypeException>(() => Eip1559Transaction.Decode(Hex.Decode(raw))).TransactionType);

    [Theory]
    [InlineData("0x")]
    [InlineData("0x80")]
    [InlineData("0x02")]
    [InlineData("0x02c0")]
    [InlineData(Payment + "00")]
    public void Bytes_that_are_no_transaction_are_refused(string raw) =>
        Assert.Throws<TransactionException>(() => SignedTransaction.Decode(Hex.Decode(raw)));

    [Fact]
    public void Mutated_bytes_throw_nothing_but_the_typed_exception_or_decode_to_themselves() =>
        Prop.ForAll(Gen.Choose(0, Payment.Length / 2 - 2).ToArbitrary(), Gen.Choose(0, 255).ToArbitrary(), (at, value) =>
        {
            byte[] raw = Hex.Decode(Payment);
            raw[at] = (byte)value;
            try
            {
                SignedTransaction signed = SignedTransaction.Decode(raw);
                Assert.Equal(raw, signed.Transaction.Encode(signed.Signature));
            }
            catch (TransactionException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    private static PrivateKey ExampleKey()
    {
        byte[] bytes = new byte[32];
        Array.Fill(bytes, (byte)0x46);
        return PrivateKey.FromBytes(bytes);
    }
}
