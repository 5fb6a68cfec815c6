using ChainExec.Storage;

namespace ChainExec.Calls;

/// <summary>RFC 6901 pointers.</summary>
internal static class JsonPointer
{
    // A hostile member name must not make an answer of any size.
    private const int SegmentLengthMax = 64;

    public static string Join(string pointer, string segment)
    {
        string bounded = segment.Cut(SegmentLengthMax);
        return $"{pointer}/{bounded.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
    }

    public static string Join(string pointer, int index) => $"{pointer}/{index}";
}
