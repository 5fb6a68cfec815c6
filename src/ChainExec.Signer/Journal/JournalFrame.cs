using System.Globalization;
using System.Text;
using ChainExec.Ethereum;

namespace ChainExec.Signer.Journal;

/// <summary>
/// How a record lies in the file: <c>length(8 hex) link(64 hex) json\n</c>. The link is Keccak-256 over the link before and the JSON, so
/// every record vouches for all before it; the length tells a record that was cut off by a crash from one that was damaged later.
/// </summary>
internal static class JournalFrame
{
    /// <summary>Bytes before the JSON.</summary>
    internal const int HeaderBytes = LengthDigits + 1 + LinkDigits + 1;

    /// <summary>Largest JSON of one record: two copies of the largest calldata as hex, and the rest.</summary>
    internal const int JsonBytesMax = 1 << 20;

    private const int LengthDigits = 8;
    private const int LinkDigits = 64;

    /// <summary>Builds the bytes of one record.</summary>
    internal static byte[] Build(Hash32 link, ReadOnlySpan<byte> json)
    {
        byte[] frame = new byte[HeaderBytes + json.Length + 1];
        string header = string.Create(CultureInfo.InvariantCulture, $"{json.Length:x8} {link.ToString()[2..]} ");
        Encoding.ASCII.GetBytes(header, frame);
        json.CopyTo(frame.AsSpan(HeaderBytes));
        frame[^1] = (byte)'\n';
        return frame;
    }

    /// <summary>The link of the record that follows <paramref name="previous"/> and holds <paramref name="json"/>.</summary>
    internal static Hash32 Link(Hash32 previous, ReadOnlySpan<byte> json)
    {
        byte[] both = new byte[Hash32.Size + json.Length];
        previous.CopyTo(both);
        json.CopyTo(both.AsSpan(Hash32.Size));
        return Keccak256.Hash(both);
    }

    /// <summary>Reads a whole header. False when it is not one.</summary>
    internal static bool TryReadHeader(ReadOnlySpan<byte> header, out int jsonBytes, out Hash32 link)
    {
        link = default;
        jsonBytes = 0;
        return IsHeaderSoFar(header)
            && int.TryParse(header[..LengthDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out jsonBytes)
            && jsonBytes is > 0 and <= JsonBytesMax
            && Hash32.TryParse("0x" + Encoding.ASCII.GetString(header.Slice(LengthDigits + 1, LinkDigits)), out link, out _);
    }

    /// <summary>
    /// True when the bytes are the beginning of the record at <paramref name="sequence"/> and nothing else, which is all that a crash in
    /// the middle of an append can leave. A terminator within them, another sequence or a wrong character means damage, and damage is never
    /// cut off.
    /// </summary>
    internal static bool IsTornRecord(ReadOnlySpan<byte> tail, long sequence)
    {
        if (tail.Contains((byte)'\n') || !IsHeaderSoFar(tail[..Math.Min(tail.Length, HeaderBytes)]))
            return false;

        if (tail.Length <= HeaderBytes)
            return true;

        byte[] beginning = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{sequence}},"kind":"""));
        ReadOnlySpan<byte> json = tail[HeaderBytes..];
        int shared = Math.Min(json.Length, beginning.Length);
        return json[..shared].SequenceEqual(beginning.AsSpan(0, shared));
    }

    private static bool IsHeaderSoFar(ReadOnlySpan<byte> header)
    {
        for (int i = 0; i < header.Length; i++)
        {
            bool expected = i is LengthDigits or HeaderBytes - 1
                ? header[i] == ' '
                : header[i] is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f');
            if (!expected)
                return false;
        }

        return true;
    }
}
