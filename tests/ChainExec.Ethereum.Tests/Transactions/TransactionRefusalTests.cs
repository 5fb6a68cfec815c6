using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Ethereum.Tests.Transactions;

public sealed class TransactionRefusalTests
{
    private const string NetworkForm =
        "0x03f8f0f88601090214830186a09435353535353535353535353535353535353535358080c005e1a00122222222222222222222222222222222"
        + "22222222222222222222222222222280a01111111111111111111111111111111111111111111111111111111111111111a01212121212121212"
        + "121212121212121212121212121212121212121212121212c38200fff1b0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
        + "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0f1b0c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"
        + "c1c1c1c1c1c1c1c1c1c1c1c1";

    private static readonly UInt256 Order = UInt256.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

    private static readonly Hash32 BlobHash = Hash32.Parse("0x01" + new string('2', 62));

    private static readonly SignedAuthorization Authorization = new(new Authorization(1, Address.Zero, 0), 0, 1, 1);

    private static Eip4844Transaction Blob => new(1, 0, 1, 2, 50_000, Address.Zero, 0, default, [], 1, [BlobHash]);

    private static Eip7702Transaction SetCode => new(1, 0, 1, 2, 50_000, Address.Zero, 0, default, [], [Authorization]);

    public static TheoryData<Transaction, string> Invalid => new()
    {
        { new LegacyTransaction(1, ulong.MaxValue, 1, 1, null, 0, default), "EIP-2681" },
        { new LegacyTransaction(0, 0, 1, 1, null, 0, default), "chain id is 0" },
        { new Eip2930Transaction(1, ulong.MaxValue, 1, 1, null, 0, default, []), "EIP-2681" },
        { new Eip2930Transaction(0, 0, 1, 1, null, 0, default, []), "chain id is 0" },
        { new Eip1559Transaction(0, 0, 1, 1, 1, null, 0, default, []), "chain id is 0" },
        { new Eip1559Transaction(1, 0, 2, 1, 1, null, 0, default, []), "priority fee" },
        { Blob with { MaxPriorityFeePerGas = 3 }, "priority fee" },
        { Blob with { To = null }, "no recipient" },
        { Blob with { BlobVersionedHashes = [] }, "no blob" },
        { Blob with { BlobVersionedHashes = [BlobHash, Hash32.Zero] }, "version" },
        { SetCode with { MaxPriorityFeePerGas = 3 }, "priority fee" },
        { SetCode with { To = null }, "no recipient" },
        { SetCode with { AuthorizationList = [] }, "no authorization" },
        { SetCode with { Nonce = ulong.MaxValue }, "EIP-2681" },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Transaction_that_no_chain_takes_is_neither_signed_nor_decoded(Transaction transaction, string named)
    {
        using PrivateKey key = Keys.Example();
        Assert.Contains(named, Assert.Throws<TransactionException>(() => transaction.Sign(key)).Message, StringComparison.Ordinal);
        byte[] raw = transaction.Encode(key.Sign(transaction.SigningHash()));
        Assert.Contains(named, Assert.Throws<TransactionException>(() => SignedTransaction.Decode(raw)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Network_form_of_a_blob_transaction_is_named_as_such() => Assert.Contains(
        "network form",
        Assert.Throws<TransactionException>(() => SignedTransaction.Decode(Hex.Decode(NetworkForm))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Signature_with_high_s_is_refused_for_every_type()
    {
        using PrivateKey key = Keys.Example();
        var random = new Random(1);
        foreach (byte type in RandomTransactions.Types)
        {
            Transaction transaction = RandomTransactions.Make(random, type);
            Signature low = key.Sign(transaction.SigningHash());
            byte[] raw = transaction.Encode(new Signature(low.R, Order - low.S, !low.YParity));
            Assert.Throws<TransactionException>(() => SignedTransaction.Decode(raw));
        }
    }

    [Fact]
    public void One_field_more_or_less_is_refused_for_every_type()
    {
        using PrivateKey key = Keys.Example();
        var random = new Random(2);
        foreach (byte type in RandomTransactions.Types)
        {
            byte[] raw = RandomTransactions.Make(random, type).Sign(key).Encode();
            byte[] lead = type == 0 ? [] : [type];
            RlpItem[] fields = [.. RlpItem.Decode(raw.AsSpan(lead.Length)).Items];
            Assert.Equal<byte>(raw, (byte[])[.. lead, .. RlpItem.FromList(fields).Encode()]);
            Refused([.. lead, .. RlpItem.FromList([.. fields, RlpItem.EmptyBytes]).Encode()]);
            Refused([.. lead, .. RlpItem.FromList(fields[..^1]).Encode()]);
            Refused([.. raw, 0]);
        }

        static void Refused(byte[] raw) => Assert.Throws<TransactionException>(() => SignedTransaction.Decode(raw));
    }

    [Theory]
    [InlineData("0x05c0", 5)]
    [InlineData("0x7fc0", 127)]
    public void Unknown_types_are_named_by_their_own_exception(string raw, byte type) =>
        Assert.Equal(
            type,
            Assert.Throws<UnsupportedTransactionTypeException>(() => SignedTransaction.Decode(Hex.Decode(raw))).TransactionType);

    [Theory]
    [InlineData("80", "v is neither")]
    [InlineData("1d", "v is neither")]
    [InlineData("22", "v is neither")]
    [InlineData("23", "chain id is 0")]
    [InlineData("24", "chain id is 0")]
    [InlineData("89020000000000000023", "v names a chain id of more")]
    public void Legacy_v_that_names_no_chain_is_refused(string v, string named)
    {
        string fields = "80018252089400000000000000000000000000000000000000008080" + v + "0101";
        byte[] raw = [(byte)(0xc0 + fields.Length / 2), .. Hex.Decode("0x" + fields)];
        Assert.Contains(named, Assert.Throws<TransactionException>(() => SignedTransaction.Decode(raw)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x00c0")]
    [InlineData("0x80")]
    [InlineData("0xbf")]
    [InlineData("0xc0")]
    [InlineData("0x01")]
    [InlineData("0x01c0")]
    [InlineData("0x03c0")]
    [InlineData("0x04c0")]
    public void Bytes_that_are_no_transaction_are_refused(string raw) =>
        Assert.ThrowsAny<TransactionException>(() => SignedTransaction.Decode(Hex.Decode(raw)));
}
