namespace ChainExec.Ethereum.Tests;

public sealed class HexTests
{
    [Theory]
    [InlineData("0x", "")]
    [InlineData("0x00ff", "00ff")]
    [InlineData("0xABcd", "abcd")]
    public void Well_formed_hex_is_read(string text, string expected) => Assert.Equal("0x" + expected, Hex.Encode(Hex.Decode(text)));

    [Theory]
    [InlineData("")]
    [InlineData("ff")]
    [InlineData("0X00")]
    [InlineData("0x0")]
    [InlineData("0x0g")]
    [InlineData("0x 0")]
    public void Malformed_hex_is_refused(string text)
    {
        Assert.False(Hex.TryDecode(text, out _));
        Assert.Throws<FormatException>(() => Hex.Decode(text));
    }

    [Theory]
    [InlineData(0UL, "0x0")]
    [InlineData(1024UL, "0x400")]
    [InlineData(ulong.MaxValue, "0xffffffffffffffff")]
    public void Quantities_have_no_leading_zeros(ulong value, string text)
    {
        Assert.Equal(text, Hex.EncodeQuantity(value));
        Assert.Equal((UInt256)value, Hex.DecodeQuantity(text));
    }

    [Theory]
    [InlineData("0x")]
    [InlineData("12")]
    [InlineData("0x-1")]
    [InlineData("0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void Malformed_quantities_are_refused(string text) => Assert.Throws<FormatException>(() => Hex.DecodeQuantity(text));
}
