using System.Collections.Concurrent;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Has what is reserved on a chain signed and sent for the first time, together: one commit before the signer is asked, one for the
/// bytes, one before they leave, one for the answers. Whatever is not plain, or does not go as it should, goes on alone, from where it
/// then stands: the same request and the same bytes.
/// </summary>
internal sealed class LaneSigner(
    LaneStore lanes, SettlementStore carried, IntentStore intents, FreezeGate gate, IndexReader index, SlotSender sender,
    Broadcaster broadcaster, ISigner signer, ChainDirectory chains, UnitOfWork unitOfWork, TimeProvider clock,
    IOptions<ExecutionOptions> options)
{
    private const string Actor = "worker:slot";
    private const int SignedAtOnceMax = 16;
    private const int LanesAtOnceMax = 8;

    /// <summary>Goes on with reserved slots, in each lane by nonce; those that are left, as they stand.</summary>
    public async Task<IReadOnlyList<NonceSlot>> SignAndSendAsync(
        IReadOnlyList<NonceSlot> reserved, CancellationToken cancellationToken)
    {
        IReadOnlyList<NonceSlot>[] left = await Task.WhenAll(
            reserved.GroupBy(slot => slot.Chain).Select(chain => SignAndSendOnChainAsync([.. chain], cancellationToken)));
        return [.. left.SelectMany(each => each)];
    }

    private async Task<IReadOnlyList<NonceSlot>> SignAndSendOnChainAsync(
        IReadOnlyList<NonceSlot> reserved, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        var left = new Left(reserved);
        try
        {
            IReadOnlyList<Asked> asked = await unitOfWork.RunAsync(
                (session, token) => RequestAsync(session, reserved, token), cancellationToken);
            left.Replace(asked.Select(one => one.Slot));
            if (asked.Count == 0)
                return left.Slots;
            Boundary.Passed(Boundary.SignRequested);

            IReadOnlyList<Signed> signed = await SignAsync(asked, cancellationToken);
            if (signed.Count == 0)
                return left.Slots;
            IReadOnlyList<Signed> stored = await unitOfWork.RunAsync(
                (session, token) => StoreAsync(session, signed, token), cancellationToken);
            left.Replace(stored.Select(one => one.Slot));
            Boundary.Passed(Boundary.SignatureStored);

            // In waves of one nonce for each sender: what stops a send is read right before it, however long the wave before took.
            var heldBack = new HashSet<Address>();
            foreach (IReadOnlyList<Signed> whole in WavesOf(stored))
            {
                // Behind a nonce that does not leave nothing of its sender does: pools refuse a gap.
                Signed[] wave = [.. whole.Where(one => !heldBack.Contains(one.Slot.Sender))];
                if (wave.Length == 0)
                    continue;
                if (clock.GetElapsedTime(began) > options.Value.LeaseDuration / 3)
                    break;
                IReadOnlyList<Signed> started = await unitOfWork.RunAsync(
                    (session, token) => StartAsync(session, wave, token), cancellationToken);
                heldBack.UnionWith(wave.Where(one => started.All(other => other.Slot.Id != one.Slot.Id)).Select(one => one.Slot.Sender));
                if (started.Count == 0)
                    continue;
                cancellationToken.ThrowIfCancellationRequested();
                Boundary.Passed(Boundary.SendStarted);
                left.Remove(started.Select(one => one.Slot));
                await SendAsync(started);
            }
        }
        catch (StaleWriteException)
        {
            // Somebody moved one of them: nothing of that commit was written, and each goes on alone.
            return left.Slots;
        }

        return left.Slots;
    }

    private async Task<IReadOnlyList<Asked>> RequestAsync(
        DbSession session, IReadOnlyList<NonceSlot> reserved, CancellationToken cancellationToken)
    {
        await lanes.LockAsync(session, reserved, cancellationToken);
        if (await index.HaltReasonAsync(session, reserved[0].Chain, cancellationToken) is not null)
            return [];
        IReadOnlyDictionary<Guid, (Carrier Carrier, PreparedCall Call)> plain = await lanes.PlainCallsAsync(
            session, reserved, cancellationToken);
        NonceSlot[] asking = [.. reserved.Where(slot => slot.FillCarrier is null && plain.ContainsKey(slot.Id))];
        ILookup<Guid, Intent> members = await carried.MembersAsync(
            session, [.. asking.Select(slot => slot.Carrier!.Value)], cancellationToken);
        IReadOnlySet<IntentId> frozen = await gate.FrozenAmongAsync(session, [.. members.SelectMany(each => each)], cancellationToken);
        NonceSlot[] clean =
        [
            .. asking.Where(slot => members[slot.Carrier!.Value].ToArray() is [{ State: IntentState.Signing } member]
                && !frozen.Contains(member.Id)),
        ];
        IReadOnlyList<NonceSlot> requested = await SlotMoves.AllAsync(
            session,
            [
                .. clean.Select(slot => new SlotMove(
                    slot, SlotEvent.SigningCommitted, new SlotChange(Actor, TimeSpan.Zero, new { slot.Carrier, slot.Epoch }), slot.Epoch)),
            ],
            cancellationToken);
        Asked[] asked =
        [
            .. requested.Select(slot => new Asked(slot, plain[slot.Id].Carrier, plain[slot.Id].Call, NewId())),
        ];
        if (asked.Length > 0)
            LaneStore.Request(session, [.. asked.Select(one => (one.Execution, one.Call))]);
        return asked;
    }

    // What the signer refuses, or does not answer, is asked again alone: it answers the same.
    private async Task<IReadOnlyList<Signed>> SignAsync(IReadOnlyList<Asked> asked, CancellationToken cancellationToken) =>
        [.. (await SideBySide.AskAsync(asked, SignedAtOnceMax, SignAsync, cancellationToken)).OfType<Signed>()];

    private async Task<Signed?> SignAsync(Asked asked, CancellationToken cancellationToken)
    {
        try
        {
            SignResult result = await signer.SignAsync(SlotSigning.RequestOf(asked.Slot, asked.Carrier, asked.Call), cancellationToken);
            Boundary.Passed(Boundary.SignatureAnswered);
            return result is SignResult.Signed bytes ? new Signed(asked.Slot, asked.Execution, bytes) : null;
        }
        catch (SignerUnavailableException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<Signed>> StoreAsync(
        DbSession session, IReadOnlyList<Signed> answered, CancellationToken cancellationToken)
    {
        await lanes.LockAsync(session, [.. answered.Select(one => one.Slot)], cancellationToken);
        // One that was moved meanwhile goes on alone: the others need not be asked for again.
        IReadOnlyList<NonceSlot> stored = await SlotMoves.ThoseThatCanAsync(
            session,
            [
                .. answered.Select(one => new SlotMove(
                    one.Slot, SlotEvent.BytesStored,
                    new SlotChange(Actor, TimeSpan.Zero, new { one.Bytes.Hash, one.Bytes.Replayed }), one.Slot.Epoch)),
            ],
            cancellationToken);
        IReadOnlyList<Signed> signed = With(answered, stored);
        if (signed.Count == 0)
            return [];
        await lanes.StoreSignaturesAsync(
            session, [.. signed.Select(one => (one.Execution, one.Bytes.Hash, one.Bytes.Raw))], cancellationToken);
        ILookup<Guid, Intent> members = await carried.MembersAsync(
            session, [.. signed.Select(one => one.Slot.Carrier!.Value)], cancellationToken);
        await intents.MoveManyAsync(
            session,
            [
                .. signed.SelectMany(one => members[one.Slot.Carrier!.Value]
                    .Where(member => member.State == IntentState.Signing)
                    .Select(member => new IntentStep(
                        member, IntentEvent.Signed,
                        new IntentMove(Actor, Evidence: new { tx_hash = one.Bytes.Hash, one.Slot.Nonce })))),
            ],
            cancellationToken);
        return signed;
    }

    // A commit of its own: what says that it may be out was held against halts and freezes after it was signed, whatever crashed between.
    // What is frozen is decided alone.
    private async Task<IReadOnlyList<Signed>> StartAsync(
        DbSession session, IReadOnlyList<Signed> signed, CancellationToken cancellationToken)
    {
        await lanes.LockAsync(session, [.. signed.Select(one => one.Slot)], cancellationToken);
        long chain = signed[0].Slot.Chain;
        (bool isHalted, bool isAnybodyFrozen) = await index.StopsAsync(session, chain, cancellationToken);
        if (isHalted)
            return [];
        if (isAnybodyFrozen)
            signed = await WithoutFrozenAsync(session, signed, cancellationToken);
        if (signed.Count == 0)
            return [];
        ChainProfile profile = chains.Get(chain);
        IReadOnlyList<NonceSlot> started = await SlotMoves.AllAsync(
            session,
            [
                .. signed.Select(one => new SlotMove(
                    one.Slot, SlotEvent.SendStarted,
                    new SlotChange(Actor, profile.ResendInterval, new { TxHash = one.Bytes.Hash, bytes = one.Bytes.Raw.Length }),
                    one.Slot.Epoch)),
            ],
            cancellationToken);
        foreach (Signed one in signed)
        {
            foreach (ChainProvider provider in profile.Providers)
                LaneStore.CountSend(session, NewId(), one.Execution, provider.Name);
        }

        return With(signed, started);
    }

    private async Task<IReadOnlyList<Signed>> WithoutFrozenAsync(
        DbSession session, IReadOnlyList<Signed> signed, CancellationToken cancellationToken)
    {
        ILookup<Guid, Intent> members = await carried.MembersAsync(
            session, [.. signed.Select(one => one.Slot.Carrier!.Value)], cancellationToken);
        IReadOnlySet<IntentId> frozen = await gate.FrozenAmongAsync(session, [.. members.SelectMany(each => each)], cancellationToken);
        return [.. signed.Where(one => members[one.Slot.Carrier!.Value].All(member => !frozen.Contains(member.Id)))];
    }

    // In each lane by nonce, one after the other: pools take them in this order. Past the point of no return nothing is cancelled.
    private async Task SendAsync(IReadOnlyList<Signed> started)
    {
        ChainProfile chain = chains.Get(started[0].Slot.Chain);
        var sent = new ConcurrentQueue<SentBytes>();
        await SenderLanes.ForEachAsync(
            started, one => (one.Slot.Chain, one.Slot.Sender), Math.Min(LanesAtOnceMax, options.Value.SendersAtOnceMax),
            async (one, _) =>
            {
                IReadOnlyList<SendAnswer> answers = await broadcaster.SendAsync(chain, one.Bytes.Raw, CancellationToken.None);
                Boundary.Passed(Boundary.SendAnswered);
                var attempt = new SigningAttempt(one.Execution, default, IsSigned: true, one.Bytes.Hash, one.Bytes.Raw);
                sent.Enqueue(new SentBytes(one.Slot, attempt, answers));
            },
            CancellationToken.None);
        await sender.StoreAnswersAsync(chain, [.. sent]);
    }

    private static IReadOnlyList<Signed> With(IReadOnlyList<Signed> signed, IReadOnlyList<NonceSlot> moved)
    {
        Dictionary<Guid, Signed> byId = signed.ToDictionary(one => one.Slot.Id);
        return [.. moved.Select(slot => byId[slot.Id] with { Slot = slot })];
    }

    private static IEnumerable<IReadOnlyList<Signed>> WavesOf(IReadOnlyList<Signed> signed) => signed
        .GroupBy(one => one.Slot.Sender)
        .SelectMany(lane => lane.Select((one, place) => (one, place)))
        .GroupBy(each => each.place, each => each.one)
        .OrderBy(wave => wave.Key)
        .Select(wave => (IReadOnlyList<Signed>)[.. wave]);

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());

    private sealed record Asked(NonceSlot Slot, Carrier Carrier, PreparedCall Call, Guid Execution);

    private sealed record Signed(NonceSlot Slot, Guid Execution, SignResult.Signed Bytes);

    /// <summary>What is not done yet, as it stands.</summary>
    private sealed class Left(IReadOnlyList<NonceSlot> slots)
    {
        public IReadOnlyList<NonceSlot> Slots { get; private set; } = slots;

        public void Replace(IEnumerable<NonceSlot> moved)
        {
            Dictionary<Guid, NonceSlot> byId = moved.ToDictionary(slot => slot.Id);
            Slots = [.. Slots.Select(slot => byId.GetValueOrDefault(slot.Id, slot))];
        }

        public void Remove(IEnumerable<NonceSlot> done)
        {
            HashSet<Guid> ids = [.. done.Select(slot => slot.Id)];
            Slots = [.. Slots.Where(slot => !ids.Contains(slot.Id))];
        }
    }
}
