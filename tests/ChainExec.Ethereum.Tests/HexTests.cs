using System.Text;

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
    [InlineData("0x00Ff", true)]
    [InlineData("0x00f", false)]
    [InlineData("0x00ff00", false)]
    [InlineData("0x00fg", false)]
    [InlineData("0X00ff", false)]
    [InlineData("00ff", false)]
    [InlineData("", false)]
    public void Exactly_so_many_bytes_are_read_from_text_and_from_UTF_8(string text, bool read)
    {
        byte[] bytes = new byte[2];
        byte[] fromUtf8 = new byte[2];
        Assert.Equal(read, Hex.TryDecodeExactly(text, bytes));
        Assert.Equal(read, Hex.TryDecodeExactly(Encoding.UTF8.GetBytes(text), fromUtf8));
        if (read)
        {
            Assert.Equal([0, 0xff], bytes);
            Assert.Equal([0, 0xff], fromUtf8);
        }
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
