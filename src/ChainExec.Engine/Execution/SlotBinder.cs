using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>What came of an attempt to bind a nonce.</summary>
internal abstract record BindResult
{
    private BindResult()
    {
    }

    internal sealed record Bound(NonceSlot Slot) : BindResult;

    /// <summary>The lane is full or the sender cannot pay: told why, tried again.</summary>
    /// <param name="PlacesMax">How many the sender may have in flight, when it has as many.</param>
    internal sealed record NotNow(string Reason, string Detail, int? PlacesMax = null) : BindResult;

    /// <summary>The signer had signed for this family before this database knew it; the intent took over that slot.</summary>
    internal sealed record AdoptedFromJournal : BindResult;

    /// <summary>The signer has signed another effect for this family; an operator has been told.</summary>
    internal sealed record SignedOtherEffect : BindResult;
}

/// <summary>
/// Binds nonces late and in order: slot, carrier, prepared call and the intent's move commit together, under the lane's row lock.
/// There is no free-running counter to drift.
/// </summary>
internal sealed class SlotBinder(
    IntentStore intents, SlotStore slots, AttemptStore attempts, CallStore calls, IndexReader index, SlotSettlement settlement,
    SenderStore senders, LineWatch line, SenderReader reader,
    IncidentStore incidents, UnitOfWork unitOfWork, TimeProvider clock, IOptions<ExecutionOptions> options)
{
    private const string Actor = "worker:intent";
    private const string NotDelegated = "not_delegated";
    internal const string SenderEmpty = "sender_empty";

    private const string NotDelegatedDetail =
        "A quorum of providers does not say that its code is a delegation to one of the chain's BatchDelegates.";

    // Nodes keep one transaction of an account with a delegation (EIP-7702): its balance and nonce can change without one of its own.
    internal const int DelegatedInFlightMax = 1;

    public async Task<BindResult> BindAsync(
        LeasedIntent leased, ChainProfile chain, Outgoing call, PreflightResult.Ready ready, string inputs,
        CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        SenderReading reading = await reader.ReadAsync(chain, intent.Sender, ready.Block, cancellationToken);
        if (reading.Doubt is { } doubt)
            return new BindResult.NotNow("first_nonce_unknown", doubt);
        if (call.IsBatch && !await IsDelegatedAsync(chain, intent.Sender, reading, cancellationToken))
            return new BindResult.NotNow(NotDelegated, $"{intent.Sender} is to call itself with {call.Calls} calls. {NotDelegatedDetail}");

        return await unitOfWork.RunAsync(
            async (session, token) =>
            {
                long? firstNonce = await slots.LockLaneAsync(session, intent.Chain, intent.Sender, token);
                if (firstNonce is null && reading.FirstNonce is { } chainNonce)
                {
                    await slots.OpenLaneAsync(session, intent.Chain, intent.Sender, chainNonce, token);
                    firstNonce = await slots.LockLaneAsync(session, intent.Chain, intent.Sender, token);
                }

                if (firstNonce is null)
                {
                    reader.Forget(intent.Chain, intent.Sender);
                    return new BindResult.NotNow("first_nonce_unknown", "Its lane was open and is not any more; it is asked for again.");
                }

                Hash32 effect = Effect.HashOf(intent.Chain, intent.Sender, call.To, call.Value, call.Data.Span);
                return await AdoptAsync(session, leased, token)
                    ?? await CannotBindAsync(session, intent, call.Value, ready, reading, token)
                    ?? await BindLockedAsync(session, leased, call, ready, inputs, effect, firstNonce.Value, token);
            },
            cancellationToken);
    }

    /// <summary>Whether an account can call itself with a batch; somebody is told when it is to and cannot.</summary>
    public async Task<bool> IsDelegatedAsync(
        ChainProfile chain, Address sender, SenderReading reading, CancellationToken cancellationToken)
    {
        bool isDelegated = reading.Delegate is { } delegated && chain.BatchDelegates.Contains(delegated);
        string subject = $"{chain.Id}:{sender}";
        await unitOfWork.RunAsync(
            (session, token) => isDelegated
                ? incidents.CloseAsync(session, NotDelegated, subject, token)
                : incidents.OpenAsync(
                    session, NotDelegated, subject, chain.Id, sender, $"{sender} is registered as one that batches. {NotDelegatedDetail}",
                    new { reading.IsDelegated, reading.Delegate }, token),
            cancellationToken);
        return isDelegated;
    }

    /// <summary>
    /// Takes over bytes that the signer has for this family, or nothing. Asked before anything else is decided about an intent: what is
    /// paid already would revert now, or be late, and its client must not be told that it failed.
    /// </summary>
    public Task<BindResult?> TryAdoptAsync(LeasedIntent leased, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync((session, token) => AdoptAsync(session, leased, token), cancellationToken);

    /// <summary>Why nothing can be bound for an intent now, or nothing. The caller has locked the lane.</summary>
    /// <param name="value">The native coin that goes with its call, in wei.</param>
    public async Task<BindResult?> CannotBindAsync(
        DbSession session, Intent intent, TokenAmount value, PreflightResult.Ready ready, SenderReading reading,
        CancellationToken cancellationToken)
    {
        if (await index.HaltReasonAsync(session, intent.Chain, cancellationToken) is { } halt)
            return new BindResult.NotNow("chain_halted", halt);
        if (await senders.PausedAsync(session, intent.Chain, intent.Sender, cancellationToken) is (PauseKind.Operator, var why))
            return new BindResult.NotNow("sender_paused", why);
        if (await line.StuckAsync(session, intent.Chain, intent.Sender, cancellationToken) is (var nonce, var since))
            return new BindResult.NotNow("head_of_line", $"Nonce {nonce} of {intent.Sender} has not moved since {since:O}.");
        // Of a child, and of one whose batch ended without it.
        if (!await attempts.IsSignerToldAsync(session, intent.Root, cancellationToken))
            return new BindResult.NotNow("signer_not_told", "The signer has to hear first how the family's earlier nonce ended.");
        (long inFlight, TokenAmount committed) = await slots.InFlightAsync(session, intent.Chain, intent.Sender, cancellationToken);
        int inFlightMax = reading.IsDelegated ? DelegatedInFlightMax : options.Value.InFlightMax;
        if (inFlight >= inFlightMax)
        {
            return new BindResult.NotNow(
                "lane_full", $"{inFlight} transactions of the sender are in flight; it may have {inFlightMax}.", inFlightMax);
        }

        // Room that came free belongs to those of a higher priority that wait for it, also when this one happened to look first.
        if (await intents.OutrankingAsync(session, intent, cancellationToken) is > 0 and var before
            && inFlight + before >= inFlightMax)
            return new BindResult.NotNow("lane_full", $"{before} intents of a higher priority wait for a nonce of the sender.");
        if (await slots.MinedAsync(session, intent.Chain, intent.Sender, cancellationToken) is var mined
            && mined >= options.Value.MinedUnfinalMax)
            return new BindResult.NotNow("unfinal_full", $"{mined} transactions of the sender are mined and not final.");
        TokenAmount needed = committed + value + ready.MaxFee;
        if (reading.Balance >= needed)
            return null;
        string detail = $"{intent.Sender} holds {reading.Balance} wei; {needed} may be needed for everything in flight.";
        await TellEmptyAsync(session, intent, inFlight, detail, cancellationToken);
        return new BindResult.NotNow(SenderEmpty, detail);
    }

    /// <summary>A sender's money does not do for an intent: somebody is told when nothing but money can help.</summary>
    public Task TellEmptyAsync(Intent intent, string detail, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) => await TellEmptyAsync(
                session, intent, await slots.CountInFlightAsync(session, intent.Chain, intent.Sender, token), detail, token),
            cancellationToken);

    // Less may be needed once what is in flight is mined. The next accepted send ends the pause.
    private Task TellEmptyAsync(DbSession session, Intent intent, long inFlight, string detail, CancellationToken cancellationToken) =>
        inFlight > 0
            ? Task.CompletedTask
            : senders.PauseAsync(session, intent.Chain, intent.Sender, PauseKind.Empty, detail, Actor, cancellationToken);

    private async Task<BindResult> BindLockedAsync(
        DbSession session, LeasedIntent leased, Outgoing call, PreflightResult.Ready ready, string inputs, Hash32 effect,
        long firstNonce,
        CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        Guid id = NewId();
        Carrier carrier = call.IsBatch
            ? Carrier.OfBatch(id, intent.Chain, intent.Sender, effect, [.. Enumerable.Repeat(intent.FamilyKey, call.Calls)])
            : new Carrier(id, intent.Chain, intent.Sender, CarrierKind.Intent, intent.FamilyKey, effect);
        await attempts.InsertCarrierAsync(session, carrier, [intent.Id], cancellationToken);
        NonceSlot slot = await slots.BindAsync(
            session, intent.Chain, intent.Sender, firstNonce, NewId(), carrier.Id, Actor, cancellationToken);
        var prepared = new PreparedCall(
            NewId(), carrier.Id, slot.Id, effect, call.To, call.Value, call.Data, ready.GasLimit, ready.Fees.MaxFeePerGas,
            ready.Fees.MaxPriorityFeePerGas, inputs, await attempts.NextRungAsync(session, slot.Id, cancellationToken),
            await index.HeadAsync(session, intent.Chain, cancellationToken))
        {
            DataFee = ready.DataFee,
        };
        await attempts.InsertPreparedAsync(session, prepared, cancellationToken);
        await intents.MoveAsync(session, leased, IntentEvent.Prepared, PreparedMove(prepared, slot.Nonce), cancellationToken);
        return new BindResult.Bound(slot);
    }

    /// <summary>On what evidence an intent waits for its signature.</summary>
    internal static IntentMove PreparedMove(PreparedCall prepared, long nonce) => new(
        Actor,
        Evidence: new { prepared_call = prepared.Id, slot = prepared.Slot, Nonce = nonce, prepared.GasLimit, prepared.MaxFeePerGas });

    /// <summary>What a price was decided on, as it is kept.</summary>
    internal static string InputsOf(
        ChainProfile chain, IReadOnlyList<ExpectedMovement> expected, PreflightResult.Ready ready, ExecutionOptions options) =>
        JsonSerializer.Serialize(
            new
            {
                simulation_block = ready.Block,
                next_base_fee = ready.Fees.NextBaseFee,
                gas_margin_percent = options.GasMarginPercent,
                data_fee = ready.DataFee,
                data_fee_margin_percent = chain.DataFee == DataFeeModel.None ? (int?)null : chain.DataFeeMarginPercent,
                expected,
            },
            FactJson.Options);

    // After a restored backup a client may state the same payment again: the family key is the same, and the journal's bytes are its bytes.
    private async Task<BindResult?> AdoptAsync(DbSession session, LeasedIntent leased, CancellationToken cancellationToken)
    {
        Intent intent = leased.Intent;
        if (await attempts.FindUnknownFamilyAsync(session, intent.FamilyKey, cancellationToken) is not { } carrier)
            return null;
        IReadOnlyList<BlockchainCall> made = await calls.OfIntentAsync(session, intent.Root.Value, cancellationToken);
        PreparedCall? signed = await attempts.FindPreparedAsync(session, carrier.Id, cancellationToken);
        if (signed is null || !Effect.Is(carrier, signed.Data.Span, intent, made))
        {
            await incidents.OpenAsync(
                session, "family_signed_other_effect", intent.Id.ToString(), intent.Chain, intent.Sender,
                "The signer's journal holds bytes of this family with another effect. Nothing more is signed for it.",
                new { carrier = carrier.Id }, cancellationToken);
            return new BindResult.SignedOtherEffect();
        }

        NonceSlot slot = (await slots.FindByCarrierAsync(session, carrier.Id, cancellationToken))!;
        await attempts.AddMemberAsync(session, carrier.Id, intent.Id, cancellationToken);
        await attempts.FreezeAsync(session, carrier.Id, cancellationToken);
        await intents.MoveAsync(
            session, leased, IntentEvent.JournalImported, new IntentMove(Actor, "journal_imported", Evidence: new { carrier = carrier.Id }),
            cancellationToken);
        // It has an explanation now: if it is not mined, nobody but us may ever send it again.
        await slots.WakeAsync(session, slot, cancellationToken);
        await settlement.CatchUpMembersAsync(session, slot, Actor, cancellationToken);
        return new BindResult.AdoptedFromJournal();
    }

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());
}
