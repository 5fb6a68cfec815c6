using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Fills holes: a nonce that was given back below signed ones is consumed by a transfer of nothing to ourselves.</summary>
internal sealed class SlotFiller(
    SlotStore slots, AttemptStore attempts, ChainDirectory chains, IndexReader index, Preflight preflight, UnitOfWork unitOfWork,
    TimeProvider clock)
{
    /// <summary>Binds a fill to a slot that was just released, in the same transaction.</summary>
    public async Task BindFillAsync(DbSession session, NonceSlot released, string actor, CancellationToken cancellationToken)
    {
        Carrier carrier = await InsertCarrierAsync(session, released, cancellationToken);
        await slots.BindAsync(session, released.Chain, released.Sender, firstNonce: 0, carrier.Id, carrier.Id, actor, cancellationToken);
    }

    /// <summary>
    /// From now on the nonce is to be consumed by a fill, whatever else was signed on it. Its family is its own also where a fill was
    /// sealed with a ladder: in the signer's journal it is the wish to fill, which a restored backup may have forgotten.
    /// </summary>
    public async Task<NonceSlot> AskFillAsync(
        DbSession session, NonceSlot slot, string actor, string reason, CancellationToken cancellationToken)
    {
        Carrier carrier = await InsertCarrierAsync(session, slot, cancellationToken);
        return await slots.AskFillAsync(session, slot, carrier.Id, actor, reason, cancellationToken);
    }

    /// <summary>Takes over a nonce that was asked for a family which the signer has signed on another nonce.</summary>
    public async Task TakeOverAsync(DbSession session, NonceSlot slot, string actor, CancellationToken cancellationToken)
    {
        Carrier carrier = await InsertCarrierAsync(session, slot, cancellationToken);
        await attempts.DropSealedAsync(session, slot.Id, "The family is signed on another nonce.", cancellationToken);
        await slots.MoveAsync(
            session, slot, SlotEvent.FamilySignedElsewhere,
            new SlotChange(actor, TimeSpan.Zero, new { left = slot.Carrier }, "journal_imported", carrier.Id), cancellationToken);
    }

    /// <summary>Prices a fill that is about to be signed. Anything else comes with its prepared call.</summary>
    /// <returns>Whether there is a prepared call to sign; not while the market is above what is ever signed.</returns>
    public async Task<bool> PrepareFillAsync(NonceSlot slot, ChainProfile chain, CancellationToken cancellationToken)
    {
        PreparedCall? prepared = await unitOfWork.RunAsync(
            (session, token) => attempts.FindLivePreparedAsync(session, slot.Carrier!.Value, token), cancellationToken);
        if (prepared is not null)
            return true;
        PreflightResult result = await preflight.RunAsync(
            chain, slot.Sender, chain.FillTo(slot.Sender), TokenAmount.Zero, ReadOnlyMemory<byte>.Empty, cancellationToken,
            isFill: true);
        if (result is PreflightResult.MarketAboveCap)
            return false;
        if (result is not PreflightResult.Ready ready)
            throw new InvalidOperationException($"A fill of nonce {slot.Nonce} cannot be prepared: {result}.");
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                if (!await slots.HoldsLeaseAsync(session, slot, token))
                    throw new StaleWriteException($"The lease of slot {slot.Id} was lost before its fill was prepared.");
                Carrier carrier = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, token))!;
                var call = new PreparedCall(
                    Guid.CreateVersion7(clock.GetUtcNow()), carrier.Id, slot.Id, carrier.EffectHash, chain.FillTo(slot.Sender),
                    TokenAmount.Zero, ReadOnlyMemory<byte>.Empty, ready.GasLimit, ready.Fees.MaxFeePerGas,
                    ready.Fees.MaxPriorityFeePerGas, JsonSerializer.Serialize(new { simulation_block = ready.Block, fill = true }),
                    await attempts.NextRungAsync(session, slot.Id, token), await index.HeadAsync(session, slot.Chain, token))
                {
                    DataFee = ready.DataFee,
                };
                await attempts.InsertPreparedAsync(session, call, token);
            },
            cancellationToken);
        return true;
    }

    private async Task<Carrier> InsertCarrierAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        Address to = chains.Get(slot.Chain).FillTo(slot.Sender);
        Hash32 effect = Effect.HashOf(slot.Chain, slot.Sender, to, TokenAmount.Zero, []);
        Guid id = Guid.CreateVersion7(clock.GetUtcNow());
        // A family of its own per fill: two fills of one nonce at different times are different asks of the signer.
        var carrier = new Carrier(id, slot.Chain, slot.Sender, CarrierKind.Fill, $"fill.{id:n}", effect);
        await attempts.InsertCarrierAsync(session, carrier, [], cancellationToken);
        return carrier;
    }
}
