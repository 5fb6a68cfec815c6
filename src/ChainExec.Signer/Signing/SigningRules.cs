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

        SlotRecord? holder = slot.EffectOf(family);
        if (slot.ResolutionOf(family) is { } resolution)
        {
            return resolution.ForFamily
                ? Refuse(RefusalCode.FamilySucceeded, "The family's effect is on the chain.", holder)
                : Refuse(RefusalCode.NonceResolved, "This nonce is resolved for the family.", holder);
        }

        // Once a family holds the slot only fills can have come after it, and they take nothing from it.
        if (holder is null && slot.SignedByOther(family) is { } other)
            return Refuse(RefusalCode.NonceTaken, "Another family has signed bytes on this nonce.", other);

        if (index.DelegationOn(command.Slot) is { } delegated)
            return Refuse(RefusalCode.NonceTaken, $"The delegation {delegated.Signature.Hash} of the account uses this nonce up.");

        if (holder is not null && ChangeOf(command, holder) is { } change)
            return Refuse(RefusalCode.EffectChanged, change, holder);

        return command.Families.Select(each => JudgeOtherSlots(each, command.Slot, index)).FirstOrDefault(refusal => refusal is not null)
            ?? JudgeMembers(command, slot);
    }

    private static string? ChangeOf(SignCommand command, SlotRecord holder)
    {
        if (holder.Family != command.Family)
            return $"The batch {holder.Family} carries the family's effect on this nonce.";
        if (holder.EffectHash != command.EffectHash)
            return "The family signed another effect on this nonce.";

        // The effect is one hash whoever its calls are for: only the order of the members says that.
        return holder.Members.SequenceEqual(command.Members, StringComparer.Ordinal)
            ? null
            : "The batch signed other members, or in another order, on this nonce.";
    }

    private static SignDecision.Refuse? JudgeOtherSlots(string family, SlotKey slot, JournalIndex index)
    {
        SlotRecord? unresolved = null;
        foreach (SlotKey key in index.SlotsOf(family).Where(key => key != slot))
        {
            SlotHistory history = index.Slot(key);
            ResolvedRecord? resolution = history.ResolutionOf(family);
            if (resolution is { ForFamily: true })
                return Refuse(RefusalCode.FamilySucceeded, $"The effect of the family {family} is on the chain.", history.EffectOf(family));
            if (resolution is null)
                unresolved = history.EffectOf(family);
        }

        return unresolved is null
            ? null
            : Refuse(
                RefusalCode.FamilyUnresolved, $"The family {family} has signed bytes on another nonce that is not proven resolved.",
                unresolved);
    }

    /// <summary>
    /// A family that was refused alone on this nonce was promised never to be signed on it, and the server may have given the nonce away:
    /// within a batch it would be signed on it after all. The batch is refused for ever too, under its own name, so that its slot is free.
    /// </summary>
    private static SignDecision.Refuse? JudgeMembers(SignCommand command, SlotHistory slot) =>
        command.Members.Select(slot.RefusalOf).FirstOrDefault(refusal => refusal is not null) is { } refused
            ? new SignDecision.Refuse(
                RefusalCode.PreviouslyRefused,
                $"The member {refused.Family} was refused for ever on this nonce by the rule {refused.Rule}.",
                refused, RecordAs: "member_refused")
            : null;

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
