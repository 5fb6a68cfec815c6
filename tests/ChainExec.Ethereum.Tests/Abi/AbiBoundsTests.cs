using System.Buffers.Binary;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

/// <summary>What bytes of an attacker can cost: the bounds that <see cref="AbiDecoder"/> promises.</summary>
public sealed class AbiBoundsTests
{
    // A thrown exception with its message and stack trace, and the call itself.
    private const int Overhead = 16 * 1024;

    [Theory]
    [InlineData(AbiStrictness.Strict)]
    [InlineData(AbiStrictness.Lenient)]
    public void Mutated_encodings_throw_only_the_typed_exception_and_stay_within_the_memory_bound(AbiStrictness strictness)
    {
        var cases = AbiCases.Start();
        for (int i = 0; i < AbiCases.Count(2_000, 200_000); i++)
        {
            AbiType[] types = [cases.OddType(4), cases.Type(2)];
            byte[] data = cases.Mutated(AbiEncoder.Encode(types, cases.Values(types)));
            AssertBounded(types, data, strictness, 40, 64 * 1024, cases.Seed);
        }
    }

    [Theory]
    [InlineData(AbiStrictness.Strict)]
    [InlineData(AbiStrictness.Lenient)]
    public void Words_that_look_like_offsets_and_lengths_stay_within_the_memory_bound(AbiStrictness strictness)
    {
        var cases = AbiCases.Start();
        int decoded = 0;
        for (int i = 0; i < AbiCases.Count(2_000, 200_000); i++)
        {
            AbiType[] types = [cases.OddType(5)];
            byte[] data = Words([.. Enumerable.Range(0, cases.Next(200)).Select(_ => cases.Pick(0, 1, 2, 3, 32, 64, 96, 32 * cases.Next(200)))]);
            decoded += AssertBounded(types, data, strictness, 40, 64 * 1024, cases.Seed) ? 1 : 0;
        }

        Assert.InRange(decoded, 1, int.MaxValue);
    }

    [Theory]
    [InlineData("int256[]")]
    [InlineData("string[]")]
    [InlineData("bytes[]")]
    [InlineData("bool[]")]
    [InlineData("(address,uint256,bytes)[]")]
    [InlineData("uint8[][]")]
    public void Types_of_contracts_need_at_most_five_times_the_data(string text)
    {
        var cases = AbiCases.Start();
        AbiType type = AbiType.Parse(text);
        for (int i = 0; i < 200; i++)
        {
            object items = Enumerable.Range(0, cases.Next(200)).Select(_ => cases.Value(type.Element!)).ToArray();
            byte[] data = AbiEncoder.Encode([type], [items]);
            AssertBounded([type], data, AbiStrictness.Strict, 5, 1024, cases.Seed);
            AssertBounded([type], cases.Mutated(data), AbiStrictness.Strict, 5, Overhead, cases.Seed);
        }
    }

    [Theory]
    [InlineData("()[]", 32, int.MaxValue)]
    [InlineData("uint8[0][]", 32, int.MaxValue)]
    [InlineData("uint8[0][1000000][]", 32, 1)]
    [InlineData("uint8[0][1000000][1000000][]", 32, 1_000_000)]
    [InlineData("uint8[0][1000000]")]
    [InlineData("()[1000][1000][1000]")]
    [InlineData("string[0][]", 32, 1_000_000)]
    [InlineData("uint256[1000000][]", 32, 1_000)]
    [InlineData("uint256[1000000]", 0)]
    [InlineData("bytes", 32, int.MaxValue)]
    [InlineData("bytes", int.MaxValue)]
    [InlineData("bytes", -1)]
    [InlineData("bytes", 32, -1)]
    public void Bombs_are_refused_before_more_than_the_free_memory_is_allocated(string text, params int[] words)
    {
        AbiType type = AbiType.Parse(text);
        byte[] data = Words(words);
        foreach (AbiStrictness strictness in Enum.GetValues<AbiStrictness>())
        {
            Assert.False(AssertBounded([type], data, strictness, 0, 64 * 1024, 0));
        }
    }

    // Every element is one string of nearly the whole data.
    [Fact]
    public void Strings_that_share_their_bytes_are_refused_when_they_are_many()
    {
        const int count = 1_000;
        byte[] data = [.. Words([32, count, .. Enumerable.Repeat(32 * count, count), 8_000]), .. new byte[8_000]];
        Assert.False(AssertBounded([AbiType.Parse("string[]")], data, AbiStrictness.Strict, 5, Overhead, 0));
        Assert.False(AssertBounded([AbiType.Parse("string[]")], data, AbiStrictness.Lenient, 40, Overhead + 64 * 1024, 0));
    }

    // Each level's two offsets point at the same next level: 2^20 values from 2 kB.
    [Fact]
    public void Offsets_that_multiply_are_refused()
    {
        const int levels = 20;
        byte[] data = Words([32, .. Enumerable.Repeat(new[] { 2, 64, 64 }, levels).SelectMany(level => level), 0]);
        AbiType type = AbiType.Parse("uint256" + string.Concat(Enumerable.Repeat("[]", levels + 1)));
        Assert.False(AssertBounded([type], data, AbiStrictness.Strict, 5, Overhead, 0));
        Assert.False(AssertBounded([type], data, AbiStrictness.Lenient, 40, Overhead + 64 * 1024, 0));
    }

    [Fact]
    public void Deepest_nest_of_arrays_of_one_is_within_the_bound()
    {
        AbiType type = AbiType.Parse("int256" + string.Concat(Enumerable.Repeat("[1]", 31)) + "[]");
        byte[] data = [.. Words([32, 4_000]), .. Enumerable.Repeat((byte)0xFF, 32 * 4_000)];
        Assert.True(AssertBounded([type], data, AbiStrictness.Strict, 40, Overhead, 0));
    }

    [Fact]
    public void Messages_do_not_repeat_long_types()
    {
        AbiType type = AbiType.Parse($"({string.Concat(Enumerable.Repeat("string,", 200))}bool)[]");
        AbiException error = Assert.Throws<AbiException>(() => AbiEncoder.Encode([type], [new object[] { Array.Empty<object>() }]));
        Assert.InRange(error.Message.Length, 1, 300);
    }

    private static bool AssertBounded(AbiType[] types, byte[] data, AbiStrictness strictness, int perByte, int free, int seed)
    {
        bool isDecoded = true;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            AbiDecoder.Decode(types, data, strictness);
        }
        catch (AbiException)
        {
            isDecoded = false;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(
            allocated <= (long)perByte * data.Length + free + Overhead,
            $"{allocated} bytes for {data.Length} (seed {seed}): {string.Join<AbiType>(',', types)} {Convert.ToHexString(data)}");
        return isDecoded;
    }

    /// <summary>One word for each number; a negative one is 2^256 less that.</summary>
    private static byte[] Words(params int[] numbers)
    {
        byte[] data = new byte[numbers.Length * 32];
        for (int i = 0; i < numbers.Length; i++)
        {
            data.AsSpan(i * 32, 28).Fill(numbers[i] < 0 ? (byte)0xFF : (byte)0);
            BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(i * 32 + 28), numbers[i]);
        }

        return data;
    }
}
