using ChainExec.Signer.Journal;

namespace ChainExec.Signer.Signing;

/// <summary>What the rules say about a command, before anything is done.</summary>
internal abstract record SignDecision
{
    private SignDecision()
    {
    }

    /// <summary>The same request was signed before: answer with those bytes.</summary>
    /// <param name="Record">The journalled signature.</param>
    internal sealed record Replay(SlotRecord Record) : SignDecision;

    /// <summary>Nothing forbids it.</summary>
    internal sealed record Sign : SignDecision;

    /// <summary>Refused.</summary>
    /// <param name="Code">Stable reason.</param>
    /// <param name="Message">A sentence for an operator.</param>
    /// <param name="Conflict">The record that stands in the way, if any.</param>
    /// <param name="RecordAs">The rule to journal the refusal with, for ever; null to leave no trace.</param>
    internal sealed record Refuse(string Code, string Message, SlotRecord? Conflict = null, string? RecordAs = null) : SignDecision;
}
