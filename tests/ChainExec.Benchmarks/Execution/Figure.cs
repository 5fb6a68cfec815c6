using System.Globalization;

namespace ChainExec.Benchmarks.Execution;

/// <summary>One measured figure of the service beside what it is held against.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Ours">The figure, with its unit.</param>
/// <param name="Baseline">What it is compared with in the same run; a bound has none.</param>
/// <param name="Value">What is judged: a ratio, a rate or a time.</param>
/// <param name="Limit">The bound of it.</param>
/// <param name="IsLeast">Whether the bound is the least that is asked, not the most.</param>
internal sealed record Figure(string Name, string Ours, string Baseline, double Value, double Limit, bool IsLeast)
{
    public const string Head = "| what | ours | baseline | measured | asked | kept |\n|---|---|---|---|---|---|";

    public bool IsKept => IsLeast ? Value >= Limit : Value <= Limit;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Name} | {Ours} | {Baseline} | {Value:0.##} | {(IsLeast ? "at least" : "at most")} {Limit:0.##} "
        + $"| {(IsKept ? "yes" : "**no**")} |");
}
