using ChainExec.Signer.Journal;
using ChainExec.Signer.Policy;

namespace ChainExec.Signer.Signing;

/// <summary>
/// The rules under which a signature may exist, in the order in which they are asked. Pure: no I/O, no clock, no keys. They hold whatever
/// the server's database says, also when it was restored from a backup.
/// </summary>
internal static class SigningRules
{
    /// <summary>Signatures that one slot may hold: a fee raised by a tenth each time reaches any sane cap long before.</summary>
    internal const int SignaturesPerSlotMax = 256;

    /// <summary>Decides one command.</summary>
    internal static SignDecision Decide(SignCommand command, JournalIndex index, SigningPolicy policy, DateOnly today)
    {
        SlotHistory slot = index.Slot(command.Slot);

        // First of all, and whatever the epoch: bytes that exist are the answer to their request for ever.
        if (slot.SignedBefore(command) is { } same)
            return new SignDecision.Replay(same);

        if (command.Epoch < slot.EpochMax)
            return Refuse(RefusalCode.StaleEpoch, "A newer lease epoch has used this slot.");

        SignDecision.Refuse? refusal = command.Purpose == SignPurpose.Intent
            ? JudgeIntent(command, slot, index)
            : JudgeFill(command, policy);
        if (refusal is not null)
            return refusal;

        if (slot.Records.Count(record => record.IsSigned) >= SignaturesPerSlotMax)
            return Refuse(RefusalCode.SlotFull, $"This slot holds {SignaturesPerSlotMax} signatures already.");

        PolicyVerdict? verdict = PolicyRules.Judge(policy, command, index, today);
        return verdict is null ? new SignDecision.Sign() : RefuseByPolicy(command, slot, verdict);
    }

    private static SignDecision.Refuse? JudgeIntent(SignCommand command, SlotHistory slot, JournalIndex index)
    {
        string family = command.Family;
        if (slot.RefusalOf(family) is { } refused)
            return Refuse(RefusalCode.PreviouslyRefused, $"Refused for ever by the rule {refused.Rule}.", refused);

        if (slot.ResolutionOf(family) is { } resolution)
        {
            return resolution.ForFamily
                ? Refuse(RefusalCode.FamilySucceeded, "The family's effect is on the chain.", slot.EffectOf(family))
                : Refuse(RefusalCode.NonceResolved, "This nonce is resolved for the family.", slot.EffectOf(family));
        }

        SlotRecord? own = slot.EffectOf(family);

        // Once a family holds the slot only fills can have come after it, and they take nothing from it.
        if (own is null && slot.SignedByOther(family) is { } other)
            return Refuse(RefusalCode.NonceTaken, "Another family has signed bytes on this nonce.", other);

        if (own is not null && own.EffectHash != command.EffectHash)
            return Refuse(RefusalCode.EffectChanged, "The family signed another effect on this nonce.", own);

        return JudgeOtherSlots(command, index);
    }

    private static SignDecision.Refuse? JudgeOtherSlots(SignCommand command, JournalIndex index)
    {
        SlotRecord? unresolved = null;
        foreach (SlotKey key in index.SlotsOf(command.Family).Where(key => key != command.Slot))
        {
            SlotHistory history = index.Slot(key);
            ResolvedRecord? resolution = history.ResolutionOf(command.Family);
            if (resolution is { ForFamily: true })
                return Refuse(RefusalCode.FamilySucceeded, "The family's effect is on the chain.", history.EffectOf(command.Family));
            if (resolution is null)
                unresolved = history.EffectOf(command.Family);
        }

        return unresolved is null
            ? null
            : Refuse(RefusalCode.FamilyUnresolved, "The family has signed bytes on another nonce that is not proven resolved.", unresolved);
    }

    private static SignDecision.Refuse? JudgeFill(SignCommand command, SigningPolicy policy)
    {
        bool empty = command.Transaction.Value.IsZero && command.Transaction.Data.IsEmpty;
        bool home = command.To == command.Sender
            || (policy.Chains.TryGetValue(command.Slot.ChainId, out ChainPolicy? chain) && chain.FillAddress == command.To);
        return empty && home
            ? null
            : Refuse(RefusalCode.InvalidFill, "A fill sends nothing, without data, to its own sender or the chain's fill address.");
    }

    private static SignDecision.Refuse RefuseByPolicy(SignCommand command, SlotHistory slot, PolicyVerdict verdict)
    {
        string message = $"{verdict.Message} (rule {verdict.Rule})";

        // A fill is needed until its nonce is consumed: its refusal may not be for ever, or one high fee would leave a hole that nothing
        // can fill.
        if (command.Purpose == SignPurpose.Fill)
            return Refuse(verdict.Code, message);

        // "Never signed" would be a lie here, and the server would release a slot whose bytes are out in the world.
        return slot.EffectOf(command.Family) is { } signed
            ? Refuse(RefusalCode.PolicyRefusedSignedBefore, message, signed)
            : new SignDecision.Refuse(verdict.Code, message, RecordAs: verdict.Rule);
    }

    private static SignDecision.Refuse Refuse(string code, string message, SlotRecord? conflict = null) => new(code, message, conflict);
}
