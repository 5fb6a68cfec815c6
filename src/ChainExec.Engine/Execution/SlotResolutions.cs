using ChainExec.Custody;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Tells the signer how nonces ended: only then does it sign another for the family.</summary>
internal sealed class SlotResolutions(
    SlotStore slots, LaneStore lanes, AttemptStore attempts, IndexReader index, IncidentStore incidents, ISigner signer,
    UnitOfWork unitOfWork)
{
    private const int ToldAtOnceMax = 16;

    /// <summary>Tells of several that the chain finalized; those of which the signer did not take it as told are left.</summary>
    public async Task<IReadOnlyList<NonceSlot>> TellManyAsync(IReadOnlyList<NonceSlot> ended, CancellationToken cancellationToken)
    {
        IReadOnlyList<(Guid Slot, string Family, bool Succeeded)> outcomes = await unitOfWork.RunAsync(
            (session, token) => lanes.OutcomesAsync(session, ended, token), cancellationToken);
        Dictionary<Guid, NonceSlot> byId = ended.ToDictionary(slot => slot.Id);
        bool[] told = await SideBySide.AskAsync(
            outcomes, ToldAtOnceMax,
            (outcome, token) => IsTakenAsync(
                ResolutionOf(byId[outcome.Slot], outcome.Family, outcome.Succeeded ? SlotOutcome.Succeeded : SlotOutcome.Reverted), token),
            cancellationToken);
        HashSet<Guid> taken = [.. outcomes.Where((_, place) => told[place]).Select(outcome => outcome.Slot)];
        if (taken.Count > 0)
        {
            await unitOfWork.RunAsync(
                (session, _) =>
                {
                    LaneStore.MarkSignerTold(session, [.. taken.Select(slot => byId[slot])]);
                    return Task.CompletedTask;
                },
                cancellationToken);
        }

        return [.. ended.Where(slot => !taken.Contains(slot.Id))];
    }

    /// <summary>Tells the signer how one slot ended, and an operator when the signer contradicts.</summary>
    public async Task TellAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        (Carrier carrier, bool succeeded, bool isAdopted) = await unitOfWork.RunAsync(
            async (session, token) =>
            {
                Carrier found = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, token))!;
                if (slot.State == SlotState.ExternallyConsumed)
                    return (found, false, await AdoptionStore.IsAdoptedAsync(session, slot.Id, token));
                var seen = await index.FindAsync(session, slot.Chain, slot.TxHash!.Value, token);
                if (seen is null)
                    throw new InvalidOperationException($"The index lost transaction {slot.TxHash}.");
                // The chain was taken back below it, and the slot is about to hear of it.
                return seen is { IsFinal: true } && seen.Value.Transaction.BlockHash == slot.BlockHash
                    ? (found, seen.Value.Transaction.Succeeded, false)
                    : throw new StaleWriteException($"Transaction {slot.TxHash} is not final in {slot.BlockHash} any more.");
            },
            cancellationToken);
        SlotOutcome outcome = slot.State switch
        {
            // A foreign copy of our very transaction that reverted paid nobody.
            SlotState.Adopted => succeeded ? SlotOutcome.Adopted : SlotOutcome.Consumed,
            SlotState.Filled => SlotOutcome.Filled,
            SlotState.ExternallyConsumed => isAdopted ? SlotOutcome.Adopted : SlotOutcome.Consumed,
            _ => succeeded ? SlotOutcome.Succeeded : SlotOutcome.Reverted,
        };
        SlotResolution resolution = ResolutionOf(slot, carrier.FamilyKey, outcome);
        ResolveResult result = await signer.ResolveAsync(resolution, cancellationToken);
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                // Nothing of a family was signed on a nonce that was taken before, or that a fill consumed after it was given back.
                bool isNothingToResolve = slot.State != SlotState.Finalized
                    && result is ResolveResult.Refused { Code: "not_signed" };
                if (!isNothingToResolve && result is ResolveResult.Refused(var code, var message))
                {
                    await incidents.OpenAsync(
                        session, "signer_contradicts", slot.Id.ToString(), slot.Chain, slot.Sender,
                        $"The signer did not accept how nonce {slot.Nonce} ended ({code}): {message}", resolution, token);
                }

                await slots.MarkSignerToldAsync(session, slot, token);
            },
            cancellationToken);
    }

    private async Task<bool> IsTakenAsync(SlotResolution resolution, CancellationToken cancellationToken)
    {
        try
        {
            return await signer.ResolveAsync(resolution, cancellationToken) is not ResolveResult.Refused;
        }
        catch (SignerUnavailableException)
        {
            return false;
        }
    }

    private static SlotResolution ResolutionOf(NonceSlot slot, string family, SlotOutcome outcome) => new(
        (ulong)slot.Chain, slot.Sender, (ulong)slot.Nonce, family, outcome,
        new SlotEvidence(slot.BlockHash!.Value, (ulong)slot.BlockNumber!.Value, slot.TxHash));
}
