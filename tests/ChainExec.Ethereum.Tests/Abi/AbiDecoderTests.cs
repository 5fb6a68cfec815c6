using System.Numerics;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

public sealed class AbiDecoderTests
{
    private const string Zero = "0000000000000000000000000000000000000000000000000000000000000000";
    private const string One = "0000000000000000000000000000000000000000000000000000000000000001";
    private const string Ones = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    private const string At20 = "0000000000000000000000000000000000000000000000000000000000000020";

    [Theory]
    [InlineData("uint256", "")]
    [InlineData("uint8", Ones)]
    [InlineData("int8", "000000000000000000000000000000000000000000000000000000000000ff80")]
    [InlineData("int8", "0000000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("bool", "0000000000000000000000000000000000000000000000000000000000000002")]
    [InlineData("address", "0000000000000000000000010000000000000000000000000000000000000000")]
    [InlineData("bytes4", One)]
    [InlineData("bytes", Ones)]
    [InlineData("bytes", At20)]
    [InlineData("bytes", At20 + Ones)]
    [InlineData("bytes", At20 + One)]
    [InlineData("bytes", At20 + One + One)]
    [InlineData("string", At20 + One + "ff00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("uint256[]", At20 + "000000000000000000000000000000000000000000000000000000007fffffff")]
    [InlineData("uint256[]", "0000000000000000000000000000000000000000000000000000000000000040" + One)]
    [InlineData("()[]", At20 + "000000000000000000000000000000000000000000000000000000007fffffff")]
    [InlineData("uint256[0][]", At20 + "000000000000000000000000000000000000000000000000000000007fffffff")]
    public void Data_that_is_no_strict_encoding_is_refused(string type, string data) =>
        Assert.Throws<AbiException>(() => AbiDecoder.Decode([AbiType.Parse(type)], Convert.FromHexString(data)));

    // Each level's two offsets point at the same next level: 2^20 values from less than 3 kB.
    [Fact]
    public void Values_that_share_bytes_are_refused_so_small_data_cannot_grow()
    {
        const int levels = 20;
        string data = At20;
        for (int i = 0; i < levels; i++)
        {
            data += "0000000000000000000000000000000000000000000000000000000000000002"
                + "0000000000000000000000000000000000000000000000000000000000000040"
                + "0000000000000000000000000000000000000000000000000000000000000040";
        }

        AbiType type = AbiType.Parse("uint256" + string.Concat(Enumerable.Repeat("[]", levels + 1)));
        Assert.Throws<AbiException>(() => AbiDecoder.Decode([type], Convert.FromHexString(data + Zero)));
    }

    [Fact]
    public void Position_names_the_byte_that_is_wrong()
    {
        AbiException error = Assert.Throws<AbiException>(
            () => AbiDecoder.Decode([AbiType.Parse("uint256"), AbiType.Parse("bool")], Convert.FromHexString(Zero + Ones)));
        Assert.Equal(32, error.Position);
    }

    [Theory]
    [InlineData("uint8", 256)]
    [InlineData("uint8", -1)]
    [InlineData("int8", 128)]
    [InlineData("int8", -129)]
    public void Numbers_outside_their_type_are_refused(string type, int number) =>
        Assert.Throws<AbiException>(() => AbiEncoder.Encode([AbiType.Parse(type)], [new BigInteger(number)]));

    [Theory]
    [InlineData("address")]
    [InlineData("uint256")]
    [InlineData("bytes4")]
    [InlineData("bytes")]
    [InlineData("uint256[2]")]
    [InlineData("(uint256,bool)")]
    public void Values_of_another_kind_are_refused(string type) =>
        Assert.Throws<AbiException>(() => AbiEncoder.Encode([AbiType.Parse(type)], ["text"]));

    [Theory]
    [InlineData("uint8", Ones, "255")]
    [InlineData("int8", "000000000000000000000000000000000000000000000000000000000000ff80", "-128")]
    [InlineData("int8", "0000000000000000000000000000000000000000000000000000000000000080", "-128")]
    [InlineData("bool", "0100000000000000000000000000000000000000000000000000000000000000", "True")]
    [InlineData("address", Ones, "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF")]
    [InlineData("bytes4", Ones, "0xffffffff")]
    [InlineData("bytes", At20 + One + "ff", "0xff")]
    [InlineData("bytes", At20 + One + Ones, "0xff")]
    [InlineData("string", At20 + One + Ones, "\uFFFD")]
    public void Lenient_decoding_drops_what_is_outside_the_type(string type, string data, string expected)
    {
        byte[] bytes = Convert.FromHexString(data);
        Assert.Throws<AbiException>(() => AbiDecoder.Decode([AbiType.Parse(type)], bytes));
        object value = AbiDecoder.Decode([AbiType.Parse(type)], bytes, AbiStrictness.Lenient)[0];
        Assert.Equal(expected, value is byte[] content ? Hex.Encode(content) : value.ToString());
    }

    [Theory]
    [InlineData("uint8", "00")]
    [InlineData("bytes", Ones)]
    [InlineData("bytes", At20 + At20 + "00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("uint256[]", At20 + "000000000000000000000000000000000000000000000000000000007fffffff")]
    [InlineData("()[]", At20 + "000000000000000000000000000000000000000000000000000000007fffffff")]
    public void Lenient_decoding_refuses_what_is_not_in_the_data(string type, string data) => Assert.Throws<AbiException>(
        () => AbiDecoder.Decode([AbiType.Parse(type)], Convert.FromHexString(data), AbiStrictness.Lenient));

    [Fact]
    public void Second_value_before_the_first_is_refused_strictly_and_read_leniently()
    {
        AbiType[] types = [AbiType.Parse("bytes"), AbiType.Parse("bytes")];
        byte[] data = AbiEncoder.Encode(types, ["a"u8.ToArray(), "b"u8.ToArray()]);
        (data[31], data[63]) = (data[63], data[31]);
        AbiException error = Assert.Throws<AbiException>(() => AbiDecoder.Decode(types, data));
        Assert.Equal(64, error.Position);
        Assert.Equal(["b"u8.ToArray(), "a"u8.ToArray()], AbiDecoder.Decode(types, data, AbiStrictness.Lenient));
    }

    // An offset of 0: the head itself read as a length, which the bytes behind the value would otherwise pay for.
    [Fact]
    public void Value_inside_the_heads_is_refused() =>
        Assert.Throws<AbiException>(() => AbiDecoder.Decode([AbiType.Parse("bytes")], new byte[128]));
}
