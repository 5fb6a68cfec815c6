using ChainExec.Ethereum.Accounts;

namespace ChainExec.Ethereum.Tests.Accounts;

public sealed class ContractAddressTests
{
    [Theory]
    [InlineData(0UL, "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d")]
    [InlineData(1UL, "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8")]
    [InlineData(127UL, "0x06d9a77f5E4b311Bae8D559DB9CDB4dF94104aA0")]
    [InlineData(128UL, "0x08e190dcB7b73F5fcDAbb43e102215c83659A76D")]
    [InlineData(255UL, "0x3eF7c1a519E4b4431E317d7839340E3139B03c65")]
    [InlineData(256UL, "0x3837C1Ae70354f670550C746580199Ac6a73Cb0a")]
    [InlineData(4294967296UL, "0xf4bf328880432064068338F915C49f817dC4Ce18")]
    public void Contract_of_a_nonce_is_that_of_an_independent_implementation(ulong nonce, string contract) =>
        Assert.Equal(contract, ContractAddress.Create(Address.Parse("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"), nonce).ToString());

    [Fact]
    public void Last_nonce_creates_nothing() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ContractAddress.Create(Address.Zero, ulong.MaxValue));

    // The examples of EIP-1014.
    [Theory]
    [InlineData("0x0000000000000000000000000000000000000000",
        "0x0000000000000000000000000000000000000000000000000000000000000000", "0x00",
        "0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38")]
    [InlineData("0xdeadbeef00000000000000000000000000000000",
        "0x0000000000000000000000000000000000000000000000000000000000000000", "0x00",
        "0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3")]
    [InlineData("0xdeadbeef00000000000000000000000000000000",
        "0x000000000000000000000000feed000000000000000000000000000000000000", "0x00",
        "0xD04116cDd17beBE565EB2422F2497E06cC1C9833")]
    [InlineData("0x0000000000000000000000000000000000000000",
        "0x0000000000000000000000000000000000000000000000000000000000000000", "0xdeadbeef",
        "0x70f2b2914A2a4b783FaEFb75f459A580616Fcb5e")]
    [InlineData("0x00000000000000000000000000000000deadbeef",
        "0x00000000000000000000000000000000000000000000000000000000cafebabe", "0xdeadbeef",
        "0x60f3f640a8508fC6a86d45DF051962668E1e8AC7")]
    [InlineData("0x00000000000000000000000000000000deadbeef",
        "0x00000000000000000000000000000000000000000000000000000000cafebabe",
        "0xdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        "0x1d8bfDC5D46DC4f61D6b6115972536eBE6A8854C")]
    [InlineData("0x0000000000000000000000000000000000000000",
        "0x0000000000000000000000000000000000000000000000000000000000000000", "0x",
        "0xE33C0C7F7df4809055C3ebA6c09CFe4BaF1BD9e0")]
    public void Contract_of_a_salt_is_that_of_the_standard(string creator, string salt, string initCode, string contract) =>
        Assert.Equal(contract, ContractAddress.Create2(Address.Parse(creator), Hash32.Parse(salt), Hex.Decode(initCode)).ToString());
}
