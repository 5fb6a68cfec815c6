using ChainExec.Signer.Journal;

namespace ChainExec.Signer.Signing;

/// <summary>What became of a sign command.</summary>
internal abstract record SignOutcome
{
    private SignOutcome()
    {
    }

    /// <summary>The bytes are in the journal, on disk.</summary>
    /// <param name="Bytes">Signed bytes and hash.</param>
    /// <param name="Replayed">True when they were there before.</param>
    internal sealed record Signed(SignedBytes Bytes, bool Replayed) : SignOutcome;

    /// <summary>Refused.</summary>
    /// <param name="Code">Stable reason.</param>
    /// <param name="Message">A sentence for an operator.</param>
    /// <param name="Recorded">True when the refusal is on disk and for ever.</param>
    /// <param name="Conflict">The entry that stands in the way, if any.</param>
    internal sealed record Refused(string Code, string Message, bool Recorded, JournalEntry? Conflict) : SignOutcome;
}

/// <summary>A journal record together with how its slot was resolved for its family.</summary>
/// <param name="Record">The record.</param>
/// <param name="Resolution">The resolution, or null.</param>
internal sealed record JournalEntry(SlotRecord Record, ResolvedRecord? Resolution);
