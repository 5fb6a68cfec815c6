using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Abi.Generated;
using ChainExec.Ethereum.Generators.Tests.Abis;

namespace ChainExec.Ethereum.Generators.Tests.Generated;

public sealed class StrictnessTests
{
    private static readonly byte[] Word = [.. new byte[31], 7];

    [Fact]
    public void Constants_are_those_of_the_standard()
    {
        Assert.Equal("transfer(address,uint256)", Token.TransferCall.CanonicalSignature);
        Assert.Equal(0xa9059cbbu, Token.TransferCall.Selector);
        Assert.Equal([0xa9, 0x05, 0x9c, 0xbb], Token.TransferCall.SelectorBytes.ToArray());
        Assert.Equal("0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef", Token.TransferEvent.Topic0Hex);
        Assert.Equal(Token.TransferEvent.Topic0Hex, Token.TransferEvent.Topic0.ToString());
        Assert.Equal(0xe450d38cu, Token.ERC20InsufficientBalanceError.Selector);
    }

    [Fact]
    public void Dirty_topic_is_named()
    {
        Hash32[] topics = [Token.TransferEvent.Topic0, Hash32.Zero, Token.TransferEvent.Topic0];

        Refused(() => Token.TransferEvent.Decode(topics, Word), 0, "Topic 2: A word is no address");
    }

    [Fact]
    public void Log_of_another_event_is_named()
    {
        Hash32[] topics = [Token.ApprovalEvent.Topic0, Hash32.Zero, Hash32.Zero];

        Refused(() => Token.TransferEvent.Decode(topics, Word), 0, "The topics are not those of Transfer(address,address,uint256)");
        Assert.True(Token.ApprovalEvent.Matches(topics));
        Assert.False(Token.ApprovalEvent.Matches(topics.AsSpan(1)));
    }

    [Fact]
    public void Position_counts_from_the_start_of_the_data_selector_included()
    {
        byte[] call = new Token.TransferCall(default, 1).Encode();
        byte[] dirty = [.. call];
        dirty[4] = 1;

        Refused(() => Token.TransferCall.Decode(dirty), 4, "A word is no address");
        Refused(() => Token.TransferCall.Decode([.. call, 0]), 68, "The data is not the canonical encoding");
        Refused(() => Token.TransferCall.Decode(call.AsSpan(0, 67)), 4, "The data is too short");
        Refused(() => Token.TransferCall.Decode(call.AsSpan(0, 3)), 0, "The data does not start with the selector of transfer(address");
    }

    [Fact]
    public void Moved_tail_of_a_call_is_another_encoding()
    {
        byte[] call = new Nasty.ListCall([]).Encode();
        byte[] moved = [.. call[..35], 0x40, .. new byte[32], .. call[36..]];

        Refused(() => Nasty.ListCall.Decode(moved), 35, "The data is not the canonical encoding");
    }

    [Fact]
    public void Call_data_beyond_any_encoding_is_refused_before_it_is_encoded_again()
    {
        byte[] large = new byte[AbiEncoder.SizeMax + 1];
        Nasty.ListCall.SelectorBytes.CopyTo(large);

        Assert.False(Nasty.ListCall.TryDecode(large, out _));
    }

    [Fact]
    public void Numbers_outside_their_type_are_refused_with_their_argument()
    {
        Nasty.NumbersCall call = default;

        Assert.Equal(Nasty.NumbersCall.EncodedSize, call.Encode().Length);
        Refused(() => (call with { U24 = 1 << 24 }).Encode(), 2, "A number is outside uint24");
        Refused(() => (call with { U48 = 1UL << 48 }).Encode(), 4, "A number is outside uint48");
        Refused(() => (call with { U160 = UInt256.MaxValue }).Encode(), 7, "A number is outside uint160");
        Refused(() => (call with { I24 = 1 << 23 }).Encode(), 11, "A number is outside int24");
        Refused(() => (call with { I24 = (-1 << 23) - 1 }).Encode(), 11, "A number is outside int24");
        Refused(() => (call with { I40 = 1L << 39 }).Encode(), 13, "A number is outside int40");
        Refused(() => (call with { I72 = Int256.MinValue }).Encode(), 15, "A number is outside int72");
    }

    [Fact]
    public void Forgotten_values_are_refused()
    {
        Refused(() => default(Nasty.WordsCall).Encode(), 0, "A value of 1 bytes is needed, 0 were given");
        Refused(() => default(Nasty.ArraysCall).Encode(), 2, "A value is null");
        Refused(() => new Nasty.ArraysCall(default, default, [default], default).Encode(), 2, "40 items are needed, 1 were given");
        Refused(() => default(Nasty.PayCall).Encode(), 0, "A value is null");
        Refused(() => default(Nasty.ConstructorArguments).Encode(), 1, "A value is null");
    }

    [Fact]
    public void Text_without_utf8_is_refused() =>
        Refused(() => new Nasty.ConstructorArguments(default, "\ud800").Encode(), 1, "A string has an unpaired surrogate");

    [Fact]
    public void Encoding_beyond_the_bound_is_refused_before_it_is_allocated() =>
        Refused(() => new Nasty.ListCall(new Hash32[AbiEncoder.SizeMax / 32]).Encode(), 0, "The encoding is larger than");

    [Fact]
    public void Constructor_arguments_have_no_selector_and_are_the_encoders()
    {
        byte[] expected = AbiEncoder.Encode([AbiType.Parse("address"), AbiType.Parse("string")], [Address.Zero, "Coin"]);

        Assert.Equal(expected, new Nasty.ConstructorArguments(Address.Zero, "Coin").Encode());
    }

    [Fact]
    public void Buffer_larger_than_the_encoding_keeps_its_end()
    {
        byte[] buffer = [.. Enumerable.Repeat((byte)0xEE, 70)];

        Assert.True(new Token.TransferCall(default, 7).TryWrite(buffer, out int written));

        Assert.Equal(68, written);
        Assert.Equal([.. new Token.TransferCall(default, 7).Encode(), 0xEE, 0xEE], buffer);
    }

    [Fact]
    public void Fixed_bytes_are_equal_by_length_and_bytes()
    {
        FixedBytes one = FixedBytes.FromBytes([1]);

        Assert.Equal("0x01", one.ToString());
        Assert.True(one == FixedBytes.FromBytes([1]));
        Assert.True(one != FixedBytes.FromBytes([1, 0]));
        Assert.Equal([1, 0], FixedBytes.FromBytes([1, 0]).ToArray());
        Assert.Equal(0, default(FixedBytes).Length);
        Assert.Throws<ArgumentException>(() => FixedBytes.FromBytes([]));
        Assert.Throws<ArgumentException>(() => FixedBytes.FromBytes(new byte[33]));
    }

    [Fact]
    public void Short_array_is_read_by_index()
    {
        var array = new Nasty.Uint256Array3(1, 2, 3);

        Assert.Equal((UInt256)3UL, array[Nasty.Uint256Array3.Length - 1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[3]);
    }

    private static void Refused<T>(Func<T> work, int position, string message)
    {
        AbiException refused = Assert.Throws<AbiException>(() => { _ = work(); });
        Assert.Equal(position, refused.Position);
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }
}
