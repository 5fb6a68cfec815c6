using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary>How large a request of a command may be.</summary>
/// <param name="LineMax">The longest line, in bytes without its line feed.</param>
/// <param name="DepthMax">How deep its JSON may nest.</param>
internal sealed record RequestLimits(int LineMax, int DepthMax)
{
    private const int MiB = 1024 * 1024;

    /// <summary>
    /// What fits into a few values: types may be nested 32 deep and lists of RLP too; the rest is room for the fields around them.
    /// </summary>
    public static RequestLimits Values { get; } = new(MiB, 64);

    /// <summary>
    /// What fits a traced transaction: calls nest 1,024 deep, with an object and a list for each level, and the most that a transaction
    /// may cost pays for some megabytes of trace.
    /// </summary>
    public static RequestLimits Traces { get; } = new(32 * MiB, 2_100);

    /// <summary>How a request is parsed.</summary>
    public JsonDocumentOptions DocumentOptions { get; } = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    /// <summary>How its texts are looked at beforehand.</summary>
    public JsonReaderOptions ReaderOptions { get; } = new() { MaxDepth = DepthMax };

    /// <summary>The longest line in words.</summary>
    public string LineText => $"{LineMax / MiB} MiB";
}
