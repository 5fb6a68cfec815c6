using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Signing;

public sealed class BatchDecoderTests
{
    // Two calls: 500 of the test dollar from whoever calls to Bob, and 7 wei to Bob. Made by viem, word by word after the selector.
    private const string Selector = "34fcd5be";

    private static readonly string[] s_words =
    [
        /* 0 */ "0000000000000000000000000000000000000000000000000000000000000020",
        /* 1 */ "0000000000000000000000000000000000000000000000000000000000000002",
        /* 2 */ "0000000000000000000000000000000000000000000000000000000000000040",
        /* 3 */ "0000000000000000000000000000000000000000000000000000000000000120",
        /* 4 */ "00000000000000000000000000000000000000000000000000000000000000aa",
        /* 5 */ "0000000000000000000000000000000000000000000000000000000000000000",
        /* 6 */ "0000000000000000000000000000000000000000000000000000000000000060",
        /* 7 */ "0000000000000000000000000000000000000000000000000000000000000044",
        /* 8 */ "a9059cbb00000000000000000000000000000000000000000000000000000000",
        /* 9 */ "00000b0b00000000000000000000000000000000000000000000000000000000",
        /* 10 */ "000001f400000000000000000000000000000000000000000000000000000000",
        /* 11 */ "0000000000000000000000000000000000000000000000000000000000000b0b",
        /* 12 */ "0000000000000000000000000000000000000000000000000000000000000007",
        /* 13 */ "0000000000000000000000000000000000000000000000000000000000000060",
        /* 14 */ "0000000000000000000000000000000000000000000000000000000000000000",
    ];

    [Fact]
    public void Calls_are_decoded_in_their_order()
    {
        Assert.True(BatchDecoder.TryDecode(Encode(s_words), out IReadOnlyList<RequestedCall>? calls, out _));
        Assert.Equal(
            [new DecodedCall(CallDecoder.Transfer, Ask.Token, Ask.Bob, 500), new DecodedCall(DecodedCall.Native, null, Ask.Bob, 7)],
            calls.Select(call => call.Decode()));
    }

    [Fact]
    public void What_the_tests_encode_is_what_another_encoder_gives() =>
        Assert.Equal(Encode(s_words), Ask.Batch("b", new Ask(), new Ask { Family = "F2" }.AsNative(7)).Data);

    /// <summary>Second encodings of the same calls, and lies; a contract takes many of them.</summary>
    public static TheoryData<string> Tricks =>
    [
        "byte behind", "word behind", "byte short", "other selector", "selector alone", "nothing", "array elsewhere", "one tail for both",
        "tails swapped", "gap between tails", "dirty address", "dirty padding", "offset below the start", "longer than the data",
        "shorter than it is", "count too high", "count too low", "offset around the end",
    ];

    [Theory]
    [MemberData(nameof(Tricks))]
    public void Anything_but_the_one_encoding_is_refused_with_a_reason(string trick)
    {
        byte[] data = trick switch
        {
            "byte behind" => [.. Encode(s_words), 0],
            "word behind" => Encode([.. s_words, Word(0)]),
            "byte short" => Encode(s_words)[..^1],
            "other selector" => Convert.FromHexString("34fcd5bf" + string.Concat(s_words)),
            "selector alone" => Convert.FromHexString(Selector),
            "nothing" => [],
            "array elsewhere" => Encode([Word(0x40), Word(0), .. s_words[1..]]),
            "one tail for both" => Encode([.. s_words[..3], Word(0x40), .. s_words[4..11]]),
            "tails swapped" => Encode([.. s_words[..2], Word(0xc0), Word(0x40), .. s_words[11..], .. s_words[4..11]]),
            "gap between tails" => Encode([.. s_words[..3], Word(0x140), .. s_words[4..11], Word(0), .. s_words[11..]]),
            "dirty address" => Changed(4, "01" + s_words[4][2..]),
            "dirty padding" => Changed(10, s_words[10][..^2] + "01"),
            "offset below the start" => Changed(13, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff80"),
            "longer than the data" => Changed(7, Word(0x1000)),
            "shorter than it is" => Changed(7, Word(0x43)),
            "count too high" => Changed(1, Word(3)),
            "count too low" => Changed(1, Word(1)),
            "offset around the end" => Changed(2, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"),
            _ => throw new ArgumentException("No such trick.", nameof(trick)),
        };
        Assert.False(BatchDecoder.TryDecode(data, out IReadOnlyList<RequestedCall>? calls, out string? reason));
        Assert.Null(calls);
        Assert.NotEmpty(reason);
    }

    [Fact]
    public void Every_byte_that_is_changed_changes_the_calls_or_is_refused()
    {
        byte[] data = Encode(s_words);
        Assert.True(BatchDecoder.TryDecode(data, out IReadOnlyList<RequestedCall>? calls, out _));
        for (int i = 0; i < data.Length; i++)
        {
            byte[] changed = [.. data];
            changed[i] ^= 0x01;
            Assert.False(
                BatchDecoder.TryDecode(changed, out IReadOnlyList<RequestedCall>? others, out _) && Same(calls, others),
                $"The byte {i} means nothing.");
        }
    }

    private static bool Same(IReadOnlyList<RequestedCall> first, IReadOnlyList<RequestedCall> second) => first.Count == second.Count
        && first.Zip(second).All(pair => pair.First.To == pair.Second.To && pair.First.Value == pair.Second.Value
            && pair.First.Data.Span.SequenceEqual(pair.Second.Data.Span));

    private static byte[] Changed(int word, string hex) => Encode([.. s_words[..word], hex, .. s_words[(word + 1)..]]);

    private static string Word(int value) => value.ToString("x64", System.Globalization.CultureInfo.InvariantCulture);

    private static byte[] Encode(IEnumerable<string> words) => Convert.FromHexString(Selector + string.Concat(words));
}
