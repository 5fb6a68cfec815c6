using ChainExec.Ethereum.Generators.Tests.Abis;

namespace ChainExec.Ethereum.Generators.Tests.Generated;

public sealed class AllocationTests
{
    private static readonly Address Someone = Address.FromBytes([.. Enumerable.Repeat((byte)0xA5, 20)]);
    private static readonly byte[] Word = [.. new byte[31], 7];

    [Fact]
    public void Decoding_a_static_event_allocates_nothing()
    {
        Hash32[] topics = [Token.TransferEvent.Topic0, Topic(Someone), Topic(Someone)];

        Assert.Equal(0, BytesOf(() => Assert.True(Token.TransferEvent.TryDecode(topics, Word, out _))));
        Assert.Equal(0, BytesOf(() => Token.TransferEvent.Decode(topics, Word)));
    }

    [Fact]
    public void Refusing_a_static_event_allocates_nothing()
    {
        Hash32[] dirty = [Token.TransferEvent.Topic0, Topic(Someone), Token.TransferEvent.Topic0];
        Hash32[] sound = [Token.TransferEvent.Topic0, Topic(Someone), Topic(Someone)];

        Assert.Equal(0, BytesOf(() => Assert.False(Token.TransferEvent.TryDecode(dirty, Word, out _))));
        Assert.Equal(0, BytesOf(() => Assert.False(Token.TransferEvent.TryDecode(sound, Word.AsSpan(1), out _))));
        Assert.Equal(0, BytesOf(() => Assert.False(Token.ApprovalEvent.TryDecode(sound, Word, out _))));
    }

    [Fact]
    public void Short_arrays_and_tuples_in_static_events_errors_and_results_allocate_nothing()
    {
        byte[] measured = [.. Words(0, 0), .. new byte[64], .. Words(1, 2), .. Words(0, 9), .. new byte[32]];
        Hash32[] topics = [Nasty.MeasuredEvent.Topic0];
        byte[] words = new byte[7 * 32];
        byte[] refused = [.. Nasty.RefusedError.SelectorBytes, .. Words(0, 3), .. new byte[64]];

        Assert.Equal(0, BytesOf(() => Assert.True(Nasty.MeasuredEvent.TryDecode(topics, measured, out _))));
        Assert.Equal(0, BytesOf(() => Assert.True(Nasty.RefusedError.TryDecode(refused, out _))));
        Assert.Equal(0, BytesOf(() => Assert.True(Nasty.WordsCall.TryDecodeResult(words, out _))));
    }

    [Fact]
    public void Encoding_static_arguments_allocates_the_one_array()
    {
        var call = new Token.TransferCall(Someone, 5);

        long array = BytesOf(() => new byte[Token.TransferCall.EncodedSize]);

        Assert.True(array > 0);
        Assert.Equal(array, BytesOf(call.Encode));
    }

    [Fact]
    public void Encoding_dynamic_arguments_allocates_the_one_array()
    {
        var call = new Nasty.ListCall([Hash32.Zero, Hash32.Zero]);

        Assert.Equal(BytesOf(() => new byte[call.GetEncodedSize()]), BytesOf(call.Encode));
    }

    [Fact]
    public void Writing_to_a_buffer_allocates_nothing()
    {
        var call = new Token.TransferCall(Someone, 5);
        byte[] buffer = new byte[100];

        Assert.Equal(0, BytesOf(() => Assert.True(call.TryWrite(buffer, out _))));
        Assert.Equal(0, BytesOf(() => Assert.False(call.TryWrite(buffer.AsSpan(0, 67), out _))));
    }

    private static Hash32 Topic(Address address) => Hash32.FromBytes([.. new byte[12], .. address.ToArray()]);

    private static byte[] Words(params byte[] values) => [.. values.SelectMany(value => (byte[])[.. new byte[31], value])];

    private static long BytesOf<T>(Func<T> work) => BytesOf(() => { _ = work(); });

    // The first calls compile and fill caches; the least of several is the work's own.
    private static long BytesOf(Action work)
    {
        long least = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
