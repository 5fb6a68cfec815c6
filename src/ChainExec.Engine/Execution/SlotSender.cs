using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Sends the highest signed price of an open slot to every provider, and keeps what they say as evidence. An answer says something about a
/// pool or a sender, never about the outcome.
/// </summary>
internal sealed partial class SlotSender(
    IntentStore intents, SlotStore slots, LaneStore lanes, AttemptStore attempts, AnswerStore answered, SenderStore senders,
    FreezeGate gate,
    Broadcaster broadcaster, IndexReader index, IncidentStore incidents,
    ChainDirectory chains, UnitOfWork unitOfWork, TimeProvider clock, IOptions<ExecutionOptions> options, ILogger<SlotSender> logger)
{
    private const string Actor = "worker:slot";
    private const string LiedIncident = "provider_lied";
    private const int BackOffMax = 8;

    private static readonly string[] BusyClasses = ["pool_full", "rate_limited", "delegated_in_flight_limit", "account_reserved"];

    /// <summary>Sends what the slot wants to be mined; the first send is committed before the bytes leave.</summary>
    public async Task SendAsync(NonceSlot slot, CancellationToken cancellationToken)
    {
        ChainProfile chain = chains.Get(slot.Chain);
        if (await unitOfWork.RunAsync((session, token) => BeginAsync(session, slot, chain, token), cancellationToken) is not { } begun)
            return;
        cancellationToken.ThrowIfCancellationRequested();
        (NonceSlot started, SigningAttempt attempt) = begun;
        Boundary.Passed(Boundary.SendStarted);

        // Past the point of no return: a cancelled send may still be mined, so its answer is waited for.
        IReadOnlyList<SendAnswer> answers = await broadcaster.SendAsync(chain, attempt.Raw!.Value, CancellationToken.None);
        Boundary.Passed(Boundary.SendAnswered);
        await StoreAsync(chain, new SentBytes(started, attempt, answers));
    }

    /// <summary>Keeps what providers said of several slots of one chain that were sent for the first time.</summary>
    public async Task StoreAnswersAsync(ChainProfile chain, IReadOnlyList<SentBytes> sent)
    {
        SentBytes[] taken = [.. sent.Where(one => one.Answers.Count > 0 && one.Answers.All(answer => answer.State == NodeState.Accepted))];
        if (taken.Length > 0)
            await unitOfWork.RunAsync((session, token) => StoreTakenAsync(session, chain, taken, token), CancellationToken.None);
        foreach (SentBytes one in sent.Except(taken))
        {
            try
            {
                await StoreAsync(chain, one);
            }
            catch (StaleWriteException)
            {
                // The index was faster than the provider's answer; its word stands.
                LogOvertaken(one.Slot.Id);
            }
        }
    }

    // The index, or another worker, may have been faster than the answers: its word stands, and newer answers are not overwritten.
    private async Task StoreTakenAsync(
        DbSession session, ChainProfile chain, IReadOnlyList<SentBytes> taken, CancellationToken cancellationToken)
    {
        await lanes.LockAsync(session, [.. taken.Select(one => one.Slot)], cancellationToken);
        IReadOnlyList<NonceSlot> moved = await SlotMoves.ThoseThatCanAsync(
            session,
            [
                .. taken.Select(one => new SlotMove(
                    one.Slot, SlotEvent.ProviderAccepted, new SlotChange(Actor, chain.ResendInterval, one.Answers, EndsLease: true),
                    one.Slot.Epoch)),
            ],
            cancellationToken);
        HashSet<Guid> ids = [.. moved.Select(slot => slot.Id)];
        SentBytes[] stands = [.. taken.Where(one => ids.Contains(one.Slot.Id))];
        if (stands.Length == 0)
            return;
        AnswerStore.Store(session, chain.Id, [.. stands.SelectMany(one => one.Answers.Select(answer => (one.Attempt.Id, answer)))]);
        senders.ResumeEmpty(session, chain.Id, [.. stands.Select(one => one.Slot.Sender).Distinct()]);
        incidents.CloseFaults(session, chain.Id, [.. chain.Providers.Select(provider => provider.Name)]);
    }

    private async Task StoreAsync(ChainProfile chain, SentBytes sent)
    {
        (NonceSlot started, SigningAttempt attempt, IReadOnlyList<SendAnswer> answers) = sent;
        foreach (SendAnswer answer in answers.Where(answer => answer.State != NodeState.Accepted))
            LogNotAccepted(attempt.TxHash!.Value.ToString(), answer.Provider, answer.Class, answer.Text);
        foreach (SendAnswer fault in answers.Where(answer => !answer.IsAnswer))
            await unitOfWork.RunAsync((session, token) => TellFaultAsync(session, slot: started, fault, token), CancellationToken.None);
        string? occupant = await FindOccupantAsync(started, chain, answers);
        await unitOfWork.RunAsync(
            (session, token) => StoreAsync(session, started, chain, attempt, answers, occupant, token), CancellationToken.None);
    }

    private async Task<(NonceSlot Started, SigningAttempt Attempt)?> BeginAsync(
        DbSession session, NonceSlot slot, ChainProfile chain, CancellationToken cancellationToken)
    {
        if (!await slots.HoldsLeaseAsync(session, slot, cancellationToken))
            throw new StaleWriteException($"The lease of slot {slot.Id} was lost before sending.");
        SigningAttempt? signed = await BytesAsync(session, slot, cancellationToken);

        // Before the first send nothing is out yet: a chain that halted meanwhile, or a fill or a ladder that is not signed yet, is waited
        // for. So is whoever was frozen since the signature: what ends it is on its way. A later price has a first send of its own.
        bool isStopped = signed is not null
            && (slot.State == SlotState.Signed || !await answered.IsSentAsync(session, signed.Id, cancellationToken))
            && await IsStoppedAsync(session, slot, cancellationToken);
        if (signed is null || isStopped)
        {
            await slots.WaitAsync(session, slot, options.Value.RetryDelay, cancellationToken);
            return null;
        }

        foreach (ChainProvider provider in chain.Providers)
            await attempts.CountSendAsync(session, Guid.CreateVersion7(clock.GetUtcNow()), signed.Id, provider.Name, cancellationToken);
        if (slot.State != SlotState.Signed)
            return (slot, signed);
        NonceSlot started = await slots.MoveLeasedAsync(
            session, slot, SlotEvent.SendStarted, chain.ResendInterval, new { signed.TxHash, bytes = signed.Raw!.Value.Length }, Actor,
            cancellationToken);
        return (started, signed);
    }

    private async Task<bool> IsStoppedAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        (bool isHalted, bool isAnybodyFrozen) = await index.StopsAsync(session, slot.Chain, cancellationToken);
        return isHalted
            || (isAnybodyFrozen && slot.FillCarrier is null
                && await gate.FindAnyAsync(
                    session, await intents.LiveMembersAsync(session, slot.Carrier!.Value, cancellationToken), cancellationToken)
                    is not null);
    }

    // Once a fill is wanted nothing else of the slot is helped along by us, though it may still be mined. A fill that is not wanted any
    // more is not sent again.
    private async Task<SigningAttempt?> BytesAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        IReadOnlyList<Rung> rungs = await attempts.AllRungsAsync(session, slot.Id, cancellationToken);

        // Nothing of a ladder leaves before all of it is signed or refused: what is out must be able to climb without the signer.
        bool isLadderOpen = slot is { State: SlotState.Signed, FillCarrier: null }
            && rungs.Any(rung => rung is { State: PreparedState.Sealed, Attempt.IsSigned: false });
        bool wantsFill = slot.FillCarrier is not null || rungs.All(rung => rung.IsFill);
        return isLadderOpen
            ? null
            : rungs.FirstOrDefault(rung => rung is { Attempt.IsSigned: true, State: not PreparedState.Sealed }
                && rung.IsFill == wantsFill)?.Attempt;
    }

    private async Task StoreAsync(
        DbSession session, NonceSlot slot, ChainProfile chain, SigningAttempt attempt, IReadOnlyList<SendAnswer> answers, string? occupant,
        CancellationToken cancellationToken)
    {
        AnswerStore.Store(session, slot.Chain, [.. answers.Select(answer => (attempt.Id, answer))]);
        bool accepted = answers.Any(answer => answer.State == NodeState.Accepted);
        if (slot.State == SlotState.BroadcastUnknown && accepted)
            await slots.MoveLastAsync(
                session, slot, SlotEvent.ProviderAccepted, chain.ResendInterval, answers, Actor, cancellationToken);
        else if (slot.State == SlotState.Accepted && answers.All(answer => answer.State == NodeState.Refused))
            await slots.MoveLastAsync(session, slot, SlotEvent.Evicted, chain.ResendInterval, answers, Actor, cancellationToken);
        else
        {
            TimeSpan delay = await DelayAsync(session, chain, attempt.Id, answers, cancellationToken);
            await slots.WaitAsync(session, slot, delay, cancellationToken);
        }

        await NoteFundsAsync(session, slot, answers, accepted, cancellationToken);
        if (occupant is not null)
            await incidents.OpenAsync(session, "nonce_occupied", slot.Id.ToString(), slot.Chain, slot.Sender, occupant, answers,
                cancellationToken);
        string[] answered = [.. answers.Where(answer => answer.IsAnswer).Select(answer => answer.Provider)];
        if (answered.Length > 0)
            incidents.CloseFaults(session, slot.Chain, answered);
    }

    // Who is busy is left alone for longer and longer, up to eight intervals.
    private async Task<TimeSpan> DelayAsync(
        DbSession session, ChainProfile chain, Guid execution, IReadOnlyList<SendAnswer> answers, CancellationToken cancellationToken) =>
        answers.All(answer => BusyClasses.Contains(answer.Class))
            ? chain.ResendInterval * Math.Clamp(await answered.SendsAsync(session, execution, cancellationToken) - 2, 1, BackOffMax)
            : chain.ResendInterval;

    // In a transaction of its own: that the slot moved meanwhile takes nothing back of it. Each lie begins the time anew in which the liar
    // is not believed.
    private async Task TellFaultAsync(DbSession session, NonceSlot slot, SendAnswer fault, CancellationToken cancellationToken)
    {
        string subject = $"{slot.Chain}:{fault.Provider}";
        switch (fault.Class)
        {
            case Broadcaster.ProviderFault:
                await incidents.OpenAsync(
                    session, "provider_fault", subject, slot.Chain, sender: null,
                    $"Provider {fault.Provider} answered a send with something that is no answer: {fault.Text}", fault, cancellationToken);
                break;
            case Broadcaster.WrongHash:
                await incidents.CloseAsync(session, LiedIncident, subject, cancellationToken);
                await incidents.OpenAsync(
                    session, LiedIncident, subject, slot.Chain, sender: null,
                    $"Provider {fault.Provider} answered a send with the hash of another transaction: for ten minutes, or until it answers "
                    + "a send, nothing that it says counts.",
                    fault, cancellationToken);
                break;
        }
    }

    // An empty sender keeps its nonce and its price: it binds nothing new until it has funds.
    private async Task NoteFundsAsync(
        DbSession session, NonceSlot slot, IReadOnlyList<SendAnswer> answers, bool accepted, CancellationToken cancellationToken)
    {
        if (accepted)
        {
            senders.ResumeEmpty(session, slot.Chain, [slot.Sender]);
            return;
        }

        if (answers.FirstOrDefault(answer => answer is { State: NodeState.Refused, Class: "insufficient_funds" }) is { } empty)
            await senders.PauseAsync(
                session, slot.Chain, slot.Sender, PauseKind.Empty, $"{empty.Provider}: {empty.Text}", Actor, cancellationToken);
    }

    // "Replacement underpriced" proves that the nonce is occupied. By a hash of ours it is fine; by any other somebody is told.
    private async Task<string?> FindOccupantAsync(NonceSlot slot, ChainProfile chain, IReadOnlyList<SendAnswer> answers)
    {
        SendAnswer? occupied = answers.FirstOrDefault(answer => answer.Class == "replacement_underpriced");
        if (occupied is null)
            return null;
        IReadOnlyList<Rung> rungs = await unitOfWork.RunAsync(
            (session, token) => attempts.AllRungsAsync(session, slot.Id, token), CancellationToken.None);
        RpcClient provider = chain.Providers.Single(candidate => candidate.Name == occupied.Provider).Client;
        try
        {
            foreach (Hash32 hash in rungs.Where(rung => rung.Attempt.IsSigned).Select(rung => rung.Attempt.TxHash!.Value))
            {
                if (await provider.GetTransactionAsync(hash, CancellationToken.None) is not null)
                    return null;
            }
        }
        catch (RpcException)
        {
            // Nothing is known then; the next send asks again.
            return null;
        }

        return $"Nonce {slot.Nonce} of {slot.Sender} is taken in the pool of {occupied.Provider} by a transaction that is none of its "
            + $"{rungs.Count} prices.";
    }

    [LoggerMessage(EventId = 3204, Level = LogLevel.Warning, Message = "{Transaction} was not accepted by {Provider} ({Class}): {Answer}")]
    private partial void LogNotAccepted(string transaction, string provider, string @class, string answer);

    [LoggerMessage(EventId = 3205, Level = LogLevel.Information, Message = "Slot {Slot} moved before a provider answered")]
    private partial void LogOvertaken(Guid slot);
}

/// <summary>Bytes that were sent, and what each provider said.</summary>
internal sealed record SentBytes(NonceSlot Slot, SigningAttempt Attempt, IReadOnlyList<SendAnswer> Answers);
