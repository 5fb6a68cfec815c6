using System.Text;
using ChainExec.Cli.Offline;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Cli.Tests.Offline;

public sealed class LineReaderTests
{
    [Fact]
    public void Lines_are_the_same_however_the_input_arrives() => Prop.ForAll(
        Gen.Elements("", "a", "\n", "bc\n", "\n\n", "defghij", "\r\n").ListOf().Select(string.Concat).ToArbitrary(),
        Gen.Choose(1, 9).ListOf(20).ToArbitrary(),
        (text, sizes) =>
        {
            string[] expected = text.Split('\n');
            return Read(text, [.. sizes]).SequenceEqual(expected[^1].Length == 0 ? expected[..^1] : expected);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Secret_lines_are_gone_once_erased()
    {
        var reader = new LineReader(new MemoryStream("secret\nnext"u8.ToArray()), RequestLimits.Values.LineMax);
        reader.Fill();
        Assert.True(reader.TryTake(out ReadOnlyMemory<byte> line, out _));
        Assert.Equal("secret", Encoding.ASCII.GetString(line.Span));

        reader.Erase();

        Assert.Equal(-1, line.Span.IndexOfAnyExcept((byte)0));
        Assert.False(reader.Fill());
        Assert.True(reader.TryTake(out ReadOnlyMemory<byte> next, out _));
        Assert.Equal("next", Encoding.ASCII.GetString(next.Span));
    }

    private static List<string> Read(string text, int[] sizes)
    {
        var reader = new LineReader(new ChunkedStream(Encoding.ASCII.GetBytes(text), sizes), RequestLimits.Values.LineMax);
        var lines = new List<string>();
        bool more;
        do
        {
            more = reader.Fill();
            while (reader.TryTake(out ReadOnlyMemory<byte> line, out bool tooLong))
            {
                Assert.False(tooLong);
                lines.Add(Encoding.ASCII.GetString(line.Span));
            }
        }
        while (more);
        return lines;
    }

    /// <summary>Gives out so many bytes at a time, as a pipe may.</summary>
    private sealed class ChunkedStream(byte[] bytes, int[] sizes) : MemoryStream(bytes)
    {
        private int _reads;

        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, sizes[_reads++ % sizes.Length]));
    }
}
