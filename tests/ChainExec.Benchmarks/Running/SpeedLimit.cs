using System.Globalization;

namespace ChainExec.Benchmarks.Running;

/// <summary>What a row must keep; null is not asked. A row without any limit is information.</summary>
/// <param name="TimesFasterMin">The baseline takes at least this many times as long as we do.</param>
/// <param name="TimesSlowerMax">We take at most this many times as long as the baseline.</param>
/// <param name="PerSecondMin">At least this many operations of ours a second on one core.</param>
/// <param name="BytesMax">At most this many bytes allocated by one operation of ours.</param>
public sealed record SpeedLimit(
    double? TimesFasterMin = null, double? TimesSlowerMax = null, double? PerSecondMin = null, double? BytesMax = null)
{
    /// <summary>For a row that is shown and not judged.</summary>
    public static SpeedLimit None { get; } = new();

    public override string ToString()
    {
        List<string> parts = [];
        if (TimesFasterMin is { } faster)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $">= {faster:0.##}x faster"));
        if (TimesSlowerMax is { } slower)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"<= {slower:0.##}x its time"));
        if (PerSecondMin is { } perSecond)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $">= {perSecond / 1e6:0.###} M/s"));
        if (BytesMax is { } bytes)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"<= {bytes:0.#} B"));
        return parts.Count == 0 ? "-" : string.Join(", ", parts);
    }
}
