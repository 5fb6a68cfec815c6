using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Ethereum.Tests.Transactions;

/// <summary>The example of EIP-155, and one transaction of each other type signed by an independent implementation.</summary>
public sealed class TransactionVectorTests
{
    private const string Protected =
        "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe53"
        + "7567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83";

    private const string Plain =
        "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a7640000801ba08383adc8b8ae116f918fb44c"
        + "a7ff9dfd8012596a5c130c6246a2cc717ba41cdaa053ddfacf5bd4aa7e46d1575acf52636ea659b91f29e2fb91c75567a279738f38";

    private const string AccessList =
        "0x01f89e0a030782ea609435353535353535353535353535353535353535358084deadbeeff838f7943535353535353535353535353535353535"
        + "353535e1a0111111111111111111111111111111111111111111111111111111111111111180a0a493c1a5759adf2c3695d2f7e95e32acff1d28"
        + "ad6ab6f1f8736948df0f5d3351a02922d15d3477c7596613899b892acf5104957660261da180e23ed52a96c84561";

    private const string Blob =
        "0x03f8b1010984773594008504a817c800830186a09435353535353535353535353535353535353535350180c005f842a0012222222222222222"
        + "2222222222222222222222222222222222222222222222a0013333333333333333333333333333333333333333333333333333333333333301a0"
        + "c296e07a102a2f72b1e38b023c2823dabee920931f4838fa6c0f08802fc2d261a079de990812d68b5dedcbfc67ad4277ff7e6241d0f65963acc8"
        + "b00f73819834a8";

    private const string SetCode =
        "0x04f8ca010984773594008504a817c800830186a09435353535353535353535353535353535353535350101c0f85cf85a8094aaaaaaaaaaaaaa"
        + "aaaaaaaaaaaaaaaaaaaaaaaaaa0a01a073fb7102d48d66c23bb6608e77edb519edad49e18515e561ad4b618fc7099b72a039fb5a8e930b838301"
        + "417fee2aaadff24b56a37cbf0711d8470712a96ae2eb2e80a0922347fb3e9e01cbcd4cbe2a6a02f3d7bd33aeae622dc5d2e5174ab5e483edaea0"
        + "339711b137f98d8e766b0debad02ebc1a39dce16ffe86e87b3c3989b0e9c0615";

    private static readonly Address To = Address.Parse("0x3535353535353535353535353535353535353535");

    public static TheoryData<string, string, string> Vectors => new()
    {
        {
            Protected, "0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788",
            "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
        },
        {
            Plain, "0x9eb247ec381302e0ac0c3c8d8d14969bb49d31ae3d266274d3112e1a86585d94",
            "0xf9e36c28c8cb35adba138005c02ab7aa7fbcd891f3139cb2eeed052a51cd2713"
        },
        {
            AccessList, "0x3394c122679567d35deb25adf6a3fce77cbab26b6a5ceac5e505234fa1a4d6e9",
            "0x457139741b510028585d251661c85cd86dc34f892116d25d58826f753b91c87e"
        },
        {
            Blob, "0xd13be05e8a4282f210e0e068f77140ed9c19dcdc1cd13b12267574d0c80577b3",
            "0x8aef5aafb5bc3cf22ed8de49e62c65f878563a8ab4a922167edf9a58878ff659"
        },
        {
            SetCode, "0xd65dc69fd2e2bda5e28468d068c31207c9b4bd65aedf714a4812a606cff38d76",
            "0x0d28364d7bebd11b03f2442362bfa119dae49596457e4dd98242088c623cc379"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Signed_bytes_are_decoded_and_encoded_to_the_same_bytes(string raw, string hash, string signingHash)
    {
        SignedTransaction signed = SignedTransaction.Decode(Hex.Decode(raw));
        Assert.Equal(hash, signed.Hash.ToString());
        Assert.Equal(signingHash, signed.Transaction.SigningHash().ToString());
        Assert.Equal("0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F", signed.Sender.ToString());
        Assert.Equal(raw, Hex.Encode(signed.Encode()));
    }

    [Fact]
    public void Legacy_transactions_are_signed_with_and_without_a_chain()
    {
        var transaction = new LegacyTransaction(1, 9, 20_000_000_000, 21_000, To, 1_000_000_000_000_000_000, default);
        Assert.Equal(Protected, SignedBytes(transaction));
        Assert.Equal(Plain, SignedBytes(transaction with { ChainId = null }));
    }

    [Fact]
    public void Access_list_transaction_is_signed() => Assert.Equal(AccessList, SignedBytes(new Eip2930Transaction(
        10, 3, 7, 60_000, To, 0, Hex.Decode("0xdeadbeef"), [new AccessListEntry(To, [Hash32.Parse("0x" + new string('1', 64))])])));

    [Fact]
    public void Blob_transaction_is_signed() => Assert.Equal(Blob, SignedBytes(new Eip4844Transaction(
        1, 9, 2_000_000_000, 20_000_000_000, 100_000, To, 1, default, [], 5, [BlobHash('2'), BlobHash('3')])));

    [Fact]
    public void Transaction_that_sets_code_is_signed_with_its_authorization()
    {
        using PrivateKey key = Keys.Example();
        SignedAuthorization authorization =
            new Authorization(0, Address.Parse("0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 10).Sign(key);
        Assert.Equal(SetCode, SignedBytes(new Eip7702Transaction(
            1, 9, 2_000_000_000, 20_000_000_000, 100_000, To, 1, new byte[] { 1 }, [], [authorization])));
    }

    private static string SignedBytes(Transaction transaction)
    {
        using PrivateKey key = Keys.Example();
        SignedTransaction signed = transaction.Sign(key);
        Assert.Equal(SignedTransaction.Decode(signed.Encode()), signed);
        return Hex.Encode(signed.Encode());
    }

    private static Hash32 BlobHash(char digit) => Hash32.Parse("0x01" + new string(digit, 62));
}
