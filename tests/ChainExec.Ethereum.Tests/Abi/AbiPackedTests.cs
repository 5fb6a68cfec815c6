using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

public sealed class AbiPackedTests
{
    // The example of the specification, "Non-standard Packed Mode".
    [Fact]
    public void Example_of_the_specification() => Assert.Equal(
        "0xffff42000348656c6c6f2c20776f726c6421",
        Hex.Encode(AbiPacked.Encode(Types("int16 bytes1 uint16 string"), [-1, new byte[] { 0x42 }, 3, "Hello, world!"])));

    [Theory]
    [InlineData("(uint256)")]
    [InlineData("(uint256)[]")]
    [InlineData("uint256[][]")]
    [InlineData("uint256[2][]")]
    [InlineData("string[]")]
    [InlineData("bytes[2]")]
    public void Types_without_a_packed_encoding_are_refused(string type)
    {
        AbiException error = Assert.Throws<AbiException>(() => AbiPacked.Encode(Types("bool " + type), [true, Array.Empty<object>()]));
        Assert.Equal(1, error.Position);
    }

    [Fact]
    public void Values_that_do_not_fit_are_refused_with_their_index()
    {
        Assert.Equal(1, Assert.Throws<AbiException>(() => AbiPacked.Encode(Types("bool uint8"), [true, 256])).Position);
        Assert.Equal(1, Assert.Throws<AbiException>(() => AbiPacked.Encode(Types("bool uint8[2]"), [true, new object[] { 1 }])).Position);
        Assert.Equal(1, Assert.Throws<AbiException>(() => AbiPacked.Encode(Types("bool bool"), [true])).Position);
        Assert.Throws<AbiException>(() => AbiPacked.Encode(Types("bytes"), [new byte[AbiEncoder.SizeMax + 1]]));
        Assert.Throws<AbiException>(() => AbiPacked.Encode(Types("string"), ["\ud800"]));
    }

    [Fact]
    public void Encodings_without_lengths_can_be_those_of_other_values() => Assert.Equal(
        AbiPacked.Hash(Types("string string"), ["a", "bc"]), AbiPacked.Hash(Types("string string"), ["ab", "c"]));

    private static AbiType[] Types(string text) => [.. text.Split(' ').Select(AbiType.Parse)];
}
