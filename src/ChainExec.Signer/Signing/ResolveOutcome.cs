namespace ChainExec.Signer.Signing;

/// <summary>What became of a resolution.</summary>
internal abstract record ResolveOutcome
{
    private ResolveOutcome()
    {
    }

    /// <summary>It is in the journal, on disk.</summary>
    /// <param name="Replayed">True when the same outcome was there before.</param>
    internal sealed record Recorded(bool Replayed) : ResolveOutcome;

    /// <summary>Not accepted.</summary>
    /// <param name="Code">Stable reason.</param>
    /// <param name="Message">A sentence for an operator.</param>
    internal sealed record Refused(string Code, string Message) : ResolveOutcome;
}
