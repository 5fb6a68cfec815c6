namespace ChainExec.Benchmarks.Running;

/// <summary>What was measured of one row: medians over the pairs.</summary>
/// <param name="Row">The row.</param>
/// <param name="OursNanoseconds">Time of one operation of ours.</param>
/// <param name="BaselineNanoseconds">Time of one operation of the baseline.</param>
/// <param name="Ratio">The median over the pairs of baseline time / our time: above 1, we are faster.</param>
/// <param name="OursBytes">Bytes that one operation of ours allocates.</param>
/// <param name="BaselineBytes">Bytes that one operation of the baseline allocates.</param>
public sealed record SpeedResult(
    SpeedRow Row, double OursNanoseconds, double BaselineNanoseconds, double Ratio, double OursBytes, double BaselineBytes)
{
    public bool KeepsLimit =>
        Ratio >= (Row.Limit.TimesFasterMin ?? 0)
        && 1 / Ratio <= (Row.Limit.TimesSlowerMax ?? double.PositiveInfinity)
        && 1e9 / OursNanoseconds >= (Row.Limit.PerSecondMin ?? 0)
        && OursBytes <= (Row.Limit.BytesMax ?? double.PositiveInfinity);
}
