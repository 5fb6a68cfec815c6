using Xunit;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>One place that breaks a rule.</summary>
internal sealed record Offence(string Path, int Line, string What)
{
    public override string ToString() => $"{Path}:{Line}: {What}";

    /// <summary>Fails with every offence on a line of its own, so that one run shows all there is to mend.</summary>
    public static void None(IEnumerable<Offence> offences)
    {
        List<string> found = [.. offences.Select(offence => offence.ToString()).Distinct().Order(StringComparer.Ordinal)];
        if (found.Count > 0)
            Assert.Fail($"{found.Count} offences:\n{string.Join('\n', found)}");
    }
}
