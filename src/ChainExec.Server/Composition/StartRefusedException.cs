namespace ChainExec.Server.Composition;

/// <summary>The service does not start, for reasons that an operator can read and mend.</summary>
/// <param name="findings">One sentence per reason.</param>
internal sealed class StartRefusedException(IReadOnlyList<string> findings) : Exception(string.Join(Environment.NewLine, findings))
{
    /// <summary>One sentence per reason.</summary>
    public IReadOnlyList<string> Findings { get; } = findings;
}
