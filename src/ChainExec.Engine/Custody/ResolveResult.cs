namespace ChainExec.Custody;

/// <summary>What the signer answered to a resolution.</summary>
internal abstract record ResolveResult
{
    private ResolveResult()
    {
    }

    /// <summary>It is in the journal.</summary>
    /// <param name="Replayed">True when the same outcome was journalled before.</param>
    internal sealed record Recorded(bool Replayed) : ResolveResult;

    /// <summary>The signer does not accept it: its own journal contradicts it. This needs an operator.</summary>
    /// <param name="Code"><c>not_signed</c>, <c>already_resolved</c> or <c>evidence_mismatch</c>.</param>
    /// <param name="Message">A sentence for an operator.</param>
    internal sealed record Refused(string Code, string Message) : ResolveResult;
}
