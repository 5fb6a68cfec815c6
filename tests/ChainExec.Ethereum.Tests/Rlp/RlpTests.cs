using System.Text;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Tests.Rlp;

public sealed class RlpTests
{
    // The examples of the RLP specification.
    [Theory]
    [InlineData("dog", "0x83646f67")]
    [InlineData("", "0x80")]
    [InlineData("\u000f", "0x0f")]
    [InlineData("Lorem ipsum dolor sit amet, consectetur adipisicing elit",
        "0xb8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572206164697069736963696e6720656c6974")]
    public void Byte_strings_of_the_specification(string text, string encoded)
    {
        var writer = new RlpWriter();
        writer.WriteBytes(Encoding.ASCII.GetBytes(text));
        Assert.Equal(encoded, Hex.Encode(writer.ToArray()));

        var reader = new RlpReader(Hex.Decode(encoded));
        Assert.Equal(text, Encoding.ASCII.GetString(reader.ReadBytes()));
        reader.ExpectEnd();
    }

    [Theory]
    [InlineData(0UL, "0x80")]
    [InlineData(15UL, "0x0f")]
    [InlineData(128UL, "0x8180")]
    [InlineData(1024UL, "0x820400")]
    public void Integers_of_the_specification(ulong value, string encoded)
    {
        var writer = new RlpWriter();
        writer.WriteInteger(value);
        Assert.Equal(encoded, Hex.Encode(writer.ToArray()));

        var reader = new RlpReader(Hex.Decode(encoded));
        Assert.Equal(value, reader.ReadUInt64());
    }

    [Fact]
    public void Set_theoretical_representation_of_three()
    {
        var writer = new RlpWriter();
        writer.BeginList();
        WriteNested(writer, 0);
        WriteNested(writer, 1);
        writer.BeginList();
        WriteNested(writer, 0);
        WriteNested(writer, 1);
        writer.EndList();
        writer.EndList();
        Assert.Equal("0xc7c0c1c0c3c0c1c0", Hex.Encode(writer.ToArray()));
    }

    [Fact]
    public void List_longer_than_55_bytes_uses_the_long_form_and_is_read_back()
    {
        var writer = new RlpWriter(0);
        writer.BeginList();
        for (ulong i = 0; i < 300; i++)
        {
            writer.WriteInteger(i);
        }

        writer.EndList();
        byte[] encoded = writer.ToArray();
        Assert.Equal(0xf9, encoded[0]);

        var reader = new RlpReader(encoded);
        RlpReader items = reader.ReadList();
        reader.ExpectEnd();
        for (ulong i = 0; i < 300; i++)
        {
            Assert.Equal(i, items.ReadUInt64());
        }

        items.ExpectEnd();
    }

    [Theory]
    [InlineData("0x", "missing")]
    [InlineData("0x8100", "stand for itself")]
    [InlineData("0x817f", "stand for itself")]
    [InlineData("0xb800", "leading zero")]
    [InlineData("0xb80100", "short form")]
    [InlineData("0xb837", "short form")]
    [InlineData("0xb90038", "leading zero")]
    [InlineData("0x8364", "fit")]
    [InlineData("0xbfffffffffffffffff", "larger")]
    [InlineData("0xb9", "cut off")]
    [InlineData("0xc0", "list")]
    public void Byte_strings_that_are_not_canonical_are_refused(string encoded, string named)
    {
        RlpException error = Assert.Throws<RlpException>(() => new RlpReader(Hex.Decode(encoded)).ReadBytes());
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x00")]
    [InlineData("0x820001")]
    public void Integers_with_leading_zeros_are_refused(string encoded) =>
        Assert.Throws<RlpException>(() => new RlpReader(Hex.Decode(encoded)).ReadInteger());

    [Fact]
    public void Position_is_that_in_the_outermost_input()
    {
        RlpException error = Assert.Throws<RlpException>(() =>
        {
            RlpReader items = new RlpReader(Hex.Decode("0xc3018100")).ReadList();
            items.ReadBytes();
            items.ReadBytes();
        });
        Assert.Equal(2, error.Position);
    }

    [Fact]
    public void Nesting_beyond_the_bound_is_refused()
    {
        byte[] nested = new byte[40];
        for (int i = 0; i < nested.Length; i++)
        {
            nested[i] = (byte)(0xC0 + nested.Length - 1 - i);
        }

        Assert.Throws<RlpException>(() => OpenAll(nested));
    }

    private static void OpenAll(byte[] nested)
    {
        var reader = new RlpReader(nested);
        for (int i = 0; i < nested.Length; i++)
        {
            reader = reader.ReadList();
        }
    }

    private static void WriteNested(RlpWriter writer, int depth)
    {
        writer.BeginList();
        if (depth > 0)
        {
            WriteNested(writer, depth - 1);
        }

        writer.EndList();
    }
}
