using ChainExec.Custody;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// Has a further price of an open slot signed. Unlike the first signature its refusal gives nothing back: bytes of the slot may be out, and
/// the highest signed ones go on being sent.
/// </summary>
internal sealed class RungSigning(
    IntentStore intents, SlotStore slots, AttemptStore attempts, IncidentStore incidents, ISigner signer, UnitOfWork unitOfWork)
{
    private const string Actor = "worker:slot";

    /// <summary>The slot, still leased: with the bytes of the carrier's live price stored, or as it was when the signer refused.</summary>
    /// <exception cref="SignerUnavailableException">Nothing is known; the same request is made again.</exception>
    public async Task<NonceSlot> SignAsync(NonceSlot slot, Guid carrier, CancellationToken cancellationToken)
    {
        SigningAttempt live = await unitOfWork.RunAsync(
            async (session, token) =>
            {
                PreparedCall call = (await attempts.FindLivePreparedAsync(session, carrier, token))!;
                return (await attempts.FindLiveExecutionAsync(session, call.Id, token))!;
            },
            cancellationToken);
        return await SignAsync(slot, carrier, live, cancellationToken);
    }

    /// <summary>The same for one price that was asked for, live or sealed.</summary>
    /// <exception cref="SignerUnavailableException">Nothing is known; the same request is made again.</exception>
    public async Task<NonceSlot> SignAsync(NonceSlot slot, Guid carrier, SigningAttempt attempt, CancellationToken cancellationToken)
    {
        (Carrier carried, PreparedCall prepared) = await unitOfWork.RunAsync(
            async (session, token) => (
                (await attempts.FindCarrierAsync(session, carrier, token))!,
                await attempts.ReadPreparedAsync(session, attempt.PreparedCall, token)),
            cancellationToken);
        SignResult result = await signer.SignAsync(SlotSigning.RequestOf(slot, carried, prepared), cancellationToken);
        Boundary.Passed(Boundary.SignatureAnswered);
        switch (result)
        {
            case SignResult.Signed signed:
                NonceSlot stored = await unitOfWork.RunAsync(
                    (session, token) => StoreAsync(session, slot, attempt, signed, token), cancellationToken);
                Boundary.Passed(Boundary.SignatureStored);
                return stored;
            case SignResult.Refused { Code: SignRefusal.StaleEpoch }:
                throw new StaleWriteException($"The signer has seen a newer epoch of slot {slot.Id} than {slot.Epoch}.");
            case SignResult.Refused refused:
                await unitOfWork.RunAsync(
                    (session, token) => StoreRefusalAsync(session, slot, attempt, prepared, refused, token), cancellationToken);
                return slot;
            default:
                throw new InvalidOperationException($"Unhandled {result.GetType().Name}.");
        }
    }

    private async Task<NonceSlot> StoreAsync(
        DbSession session, NonceSlot slot, SigningAttempt attempt, SignResult.Signed signed, CancellationToken cancellationToken)
    {
        if (!await slots.HoldsLeaseAsync(session, slot, cancellationToken))
            throw new StaleWriteException($"The lease of slot {slot.Id} was lost before its signature was stored.");
        await attempts.StoreSignatureAsync(session, attempt, signed.Hash, signed.Raw, cancellationToken);

        // A child whose first price this is. A fill moves nobody.
        if (slot.FillCarrier is null)
            await intents.SignedAsync(
                session, slot.Carrier!.Value, new { tx_hash = signed.Hash, slot.Nonce }, Actor, cancellationToken);

        // The first bytes of a nonce whose own signature was never answered are those of its fill.
        return slot.State == SlotState.SignRequested
            ? await slots.MoveLeasedAsync(
                session, slot, SlotEvent.BytesStored, TimeSpan.Zero, new { signed.Hash, signed.Replayed }, Actor, cancellationToken)
            : slot;
    }

    private async Task StoreRefusalAsync(
        DbSession session, NonceSlot slot, SigningAttempt attempt, PreparedCall prepared, SignResult.Refused refused,
        CancellationToken cancellationToken)
    {
        if (!await slots.HoldsLeaseAsync(session, slot, cancellationToken))
            throw new StaleWriteException($"The lease of slot {slot.Id} was lost before its refusal was stored.");
        await attempts.StoreRefusalAsync(session, attempt, prepared, $"{refused.Code}: {refused.Message}", cancellationToken);
        await incidents.OpenAsync(
            session, "reprice_refused", slot.Id.ToString(), slot.Chain, slot.Sender,
            $"The signer refused {prepared.MaxFeePerGas} wei per gas for nonce {slot.Nonce} of {slot.Sender} ({refused.Code}): "
            + refused.Message,
            new { refused.Code, slot.Nonce, prepared.MaxFeePerGas, prepared.Rung }, cancellationToken);
    }
}
