using ChainExec.Ethereum;
using ChainExec.Signer.Journal;

namespace ChainExec.Signer.Signing;

/// <summary>
/// Holds a resolution against the journal. The signer cannot see the chain, but it knows which hashes it made: evidence that contradicts
/// them is refused. Pure.
/// </summary>
internal static class ResolutionRules
{
    /// <summary>The answer, or null when the resolution is new and may be journalled.</summary>
    internal static ResolveOutcome? Judge(ResolvedRecord resolution, JournalIndex index)
    {
        SlotHistory slot = index.Slot(resolution.Slot);
        if (slot.EffectOf(resolution.Family) is not { } holder)
            return new ResolveOutcome.Refused(RefusalCode.NotSigned, "The family has nothing signed on this nonce.");

        // One record speaks for all members: told apart they could be told different ends.
        if (holder.Family != resolution.Family)
        {
            return new ResolveOutcome.Refused(
                RefusalCode.NotSigned, $"The family has nothing of its own signed on this nonce: resolve the batch {holder.Family}.");
        }

        // A chain that broke its finality may take the payment after all: that only forbids more.
        bool isPaidAfterAll = resolution.Outcome == SlotOutcome.Succeeded;
        if (slot.ResolutionOf(resolution.Family) is { } before && (before.ForFamily || !isPaidAfterAll))
        {
            return before.Outcome == resolution.Outcome
                ? new ResolveOutcome.Recorded(Replayed: true)
                : new ResolveOutcome.Refused(
                    RefusalCode.AlreadyResolved, $"The slot is resolved already: {WireNames.Of(before.Outcome)}.");
        }

        return Contradiction(resolution, slot) is { } contradiction
            ? new ResolveOutcome.Refused(RefusalCode.EvidenceMismatch, contradiction)
            : null;
    }

    private static string? Contradiction(ResolvedRecord resolution, SlotHistory slot)
    {
        if (resolution.TransactionHash is not { } hash)
        {
            return resolution.Outcome == SlotOutcome.Consumed
                ? null
                : "This outcome needs the hash of the transaction that used the nonce.";
        }

        bool own = Made(slot, hash, record => record.Purpose == SignPurpose.Intent && record.Family == resolution.Family);
        bool fill = Made(slot, hash, record => record.Purpose == SignPurpose.Fill);
        return resolution.Outcome switch
        {
            SlotOutcome.Succeeded or SlotOutcome.Reverted when !own =>
                "The transaction is none that was signed here for the family on this nonce.",
            SlotOutcome.Filled when !fill => "The transaction is no fill that was signed here on this nonce.",
            SlotOutcome.Adopted or SlotOutcome.Consumed when own || fill => "The transaction was signed here, so it is not foreign.",
            _ => null,
        };
    }

    private static bool Made(SlotHistory slot, Hash32 hash, Func<SlotRecord, bool> which) =>
        slot.Records.Any(record => record.Signature is { } signature && signature.Hash == hash && which(record));
}
