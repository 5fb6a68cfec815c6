using System.Numerics;
using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Facts;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Prices an open slot higher when its age or the market asks for it, and the fill that is to replace it. The same slot, byte-identical
/// effects, at least an eighth more; what was signed before stays watched. The request is committed before it leaves.
/// </summary>
internal sealed class SlotClimber(
    IntentStore intents, SlotStore slots, AttemptStore attempts, AnswerStore answered, IntentEscalation escalation, IntentEnding ending,
    RefusedBytes refused, RungSigning signing,
    SlotBudget budgets, FreezeGate gate, LadderSealing sealing,
    FeeMarket market, DataFeeForecast dataFees, Preflight preflight, IndexReader index, JournalSync journal, IncidentStore incidents,
    UnitOfWork unitOfWork,
    TimeProvider clock, IOptions<ExecutionOptions> options)
{
    private const string Actor = "worker:slot";
    private const string LimitIncident = "fee_limit";

    private static readonly string[] LowFeeClasses = ["underpriced", "fee_cap_below_base_fee"];

    /// <summary>The slot, still leased, with its next price signed when one was due.</summary>
    public async Task<NonceSlot> ClimbAsync(NonceSlot slot, ChainProfile chain, CancellationToken cancellationToken)
    {
        try
        {
            return await PriceAsync(slot, chain, cancellationToken);
        }
        catch (RpcException) when (slot.FillCarrier is not null)
        {
            // A fill that nobody prices now may have been sealed when there was a price.
            if (await UseSealedFillAsync(slot, cancellationToken) is { } ready)
                return ready;
            throw;
        }
    }

    private async Task<NonceSlot> PriceAsync(NonceSlot slot, ChainProfile chain, CancellationToken cancellationToken)
    {
        SlotPricing pricing = await unitOfWork.RunAsync((session, token) => ReadAsync(session, slot, chain, token), cancellationToken);
        if (pricing.Halted)
            return slot;
        // Once a fill is wanted nothing of the ladder gets a signature any more.
        Rung[] unsigned = slot.FillCarrier is null ? [.. pricing.Sealed.Where(rung => !rung.Attempt.IsSigned)] : [];
        if (unsigned.Length > 0)
            return await sealing.SignAsync(slot, unsigned, cancellationToken);
        if (pricing.Live is { Attempt.IsSigned: false } live)
            return await SignAsync(slot, () => signing.SignAsync(slot, live.Carrier, live.Attempt, cancellationToken), cancellationToken);

        // What nobody here stands behind any more is watched and never priced higher. An empty sender keeps its price: it goes on being
        // sent until there are funds.
        bool isEmpty = pricing.Answers.Count > 0 && pricing.Answers.All(answer => answer == "insufficient_funds");
        if (pricing.IsUsed || isEmpty || pricing.Rungs.Count == 0 || pricing is { IsFill: false, Members.Count: 0 })
            return slot;
        bool isFirstFill = slot.FillCarrier is not null && pricing.Live is null;
        bool isGasWrong = RefusedBytes.NeedMoreGas(pricing.Answers);
        bool isFormWrong = RefusedBytes.NeedAnotherForm(pricing.Answers);
        if (RefusedBytes.AreHopeless(chain, pricing.Answers, pricing.Tries))
        {
            await refused.GiveUpAsync(slot, pricing.IsFill, pricing.Answers, pricing.Tries, cancellationToken);
            return slot;
        }

        if ((!isFirstFill || pricing.IsFillRefused) && pricing.BlocksWaited < 1)
            return slot;
        long gasLimit = pricing.Live?.GasLimit ?? pricing.Rungs[0].GasLimit;
        if (isFirstFill || isGasWrong)
        {
            if (await EstimateAgainAsync(slot, chain, pricing, cancellationToken) is not { } estimated)
                return slot;
            gasLimit = estimated;
        }

        FeeQuote? quote = await market.QuoteAsync(chain, pricing.Head, cancellationToken);
        TokenAmount dataFee = await DataFeeAsync(slot, chain, pricing, gasLimit, quote, cancellationToken);
        LadderState state = StateOf(pricing, gasLimit, dataFee) with { MustReplace = isFirstFill || isGasWrong || isFormWrong };
        switch (FeeLadder.Decide(state, quote, options.Value.ClimbAfterBlocks))
        {
            case LadderStep.Keep:
                return slot;
            case LadderStep.AtLimit limit:
                await TellLimitAsync(slot, limit, cancellationToken);
                return isFirstFill ? await UseSealedFillAsync(slot, cancellationToken) ?? slot : slot;
            case LadderStep.Climb climb:
                var cost = new RungCost(gasLimit, dataFee, quote!.NextBaseFee);
                return await ClimbAsync(slot, chain, pricing, climb, cost, cancellationToken);
            default:
                throw new InvalidOperationException("Unhandled step of the ladder.");
        }
    }

    private async Task<SlotPricing> ReadAsync(
        DbSession session, NonceSlot slot, ChainProfile chain, CancellationToken cancellationToken)
    {
        IReadOnlyList<Rung> all = await attempts.AllRungsAsync(session, slot.Id, cancellationToken);
        Rung[] rungs = [.. all.Where(rung => rung.State != PreparedState.Sealed)];
        Rung? live = rungs.FirstOrDefault(rung => rung.Carrier == slot.Wanted && rung.IsLive);
        // What is sent of fills is the highest that is signed, whichever of them it is.
        Rung? sent = slot.FillCarrier is null ? live : rungs.FirstOrDefault(rung => rung is { IsFill: true, Attempt.IsSigned: true });
        IReadOnlyList<string> answers = sent is { Attempt.IsSigned: true }
            ? await answered.ClassesAsync(session, chain, sent.Attempt.Id, cancellationToken)
            : [];
        Carrier carried = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, cancellationToken))!;
        bool isFill = slot.FillCarrier is not null || carried.Kind == CarrierKind.Fill;
        IReadOnlyList<Intent> members = isFill
            ? []
            : await intents.LiveMembersAsync(session, slot.Carrier!.Value, cancellationToken);
        TokenAmount budget = await budgets.LeftAsync(session, members, cancellationToken);
        return new SlotPricing(
            rungs, [.. all.Where(rung => rung.State == PreparedState.Sealed)], live, answers, isFill,
            await attempts.NewestHeadAsync(session, slot.Id, cancellationToken),
            await index.HeadAsync(session, slot.Chain, cancellationToken),
            await slots.IsLowestOpenAsync(session, slot, cancellationToken), members,
            budget,
            await index.HaltReasonAsync(session, slot.Chain, cancellationToken) is not null,
            await IsUsedAsync(session, slot, all, answers, cancellationToken),
            live is null && slot.FillCarrier is { } fill && await attempts.FindPreparedAsync(session, fill, cancellationToken) is not null,
            carried.IsShared);
    }

    // The index holds one of our hashes and its fact is on its way to us, or every provider says that the nonce is used: a higher price
    // could only be refused.
    private async Task<bool> IsUsedAsync(
        DbSession session, NonceSlot slot, IReadOnlyList<Rung> rungs, IReadOnlyList<string> answers, CancellationToken cancellationToken)
    {
        Hash32[] hashes = [.. rungs.Where(rung => rung.Attempt.IsSigned).Select(rung => rung.Attempt.TxHash!.Value)];
        return (answers.Count > 0 && answers.All(answer => answer == "nonce_too_low"))
            || await index.HoldsAnyAsync(session, slot.Chain, hashes, cancellationToken);
    }

    private async Task<TokenAmount> DataFeeAsync(
        NonceSlot slot, ChainProfile chain, SlotPricing pricing, long gasLimit, FeeQuote? quote, CancellationToken cancellationToken)
    {
        if (quote is null || chain.DataFee == DataFeeModel.None)
            return TokenAmount.Zero;
        CallRequest call = await CallOfAsync(slot, chain, pricing, cancellationToken);
        return pricing.IsFill
            ? await dataFees.AskForFillAsync(chain, call, gasLimit, quote, options.Value.FillFeeMaxWei, cancellationToken)
            : await dataFees.AskAsync(chain, call, gasLimit, quote, cancellationToken);
    }

    // What the slot's next transaction calls, whatever its price.
    private async Task<CallRequest> CallOfAsync(
        NonceSlot slot, ChainProfile chain, SlotPricing pricing, CancellationToken cancellationToken)
    {
        if (pricing.IsFill)
            return new CallRequest { From = slot.Sender, To = chain.FillTo(slot.Sender) };
        Guid carrier = pricing.Live?.Carrier ?? pricing.Rungs[0].Carrier;
        PreparedCall call = (await unitOfWork.RunAsync(
            (session, token) => attempts.FindPreparedAsync(session, carrier, token), cancellationToken))!;
        return new CallRequest { From = slot.Sender, To = call.To, Value = call.Value.ToUInt256(), Data = call.Data };
    }

    private LadderState StateOf(SlotPricing pricing, long gasLimit, TokenAmount dataFee)
    {
        TokenAmount topFee = pricing.Rungs.Max(rung => rung.MaxFeePerGas);
        BigInteger forGas = BigInteger.Max(pricing.Budget.BaseUnits - dataFee.BaseUnits, 0);

        // A fill may always outbid what it replaces once: a limit below that would leave a nonce that nothing can consume.
        BigInteger budget = pricing.IsFill
            ? BigInteger.Max(forGas, (topFee.BaseUnits * 5 + 3) / 4 * gasLimit)
            : forGas;
        return new LadderState(
            topFee, pricing.Rungs.Max(rung => rung.MaxPriorityFeePerGas), pricing.BlocksWaited, pricing.IsLowest, MustReplace: false,
            pricing.Answers.Count > 0 && pricing.Answers.All(LowFeeClasses.Contains),
            new TokenAmount(BigInteger.Min(budget / gasLimit, options.Value.FeeCapMaxWei)));
    }

    // A fill is estimated on its own; what carries an effect never gets less gas than before: what ran short once would run short again.
    private async Task<long?> EstimateAgainAsync(
        NonceSlot slot, ChainProfile chain, SlotPricing pricing, CancellationToken cancellationToken)
    {
        PreparedCall? before = slot.FillCarrier is null && pricing.Live is { } live
            ? await unitOfWork.RunAsync((session, token) => attempts.FindPreparedAsync(session, live.Carrier, token), cancellationToken)
            : null;
        PreflightResult result = await preflight.RunAsync(
            chain, slot.Sender, before?.To ?? chain.FillTo(slot.Sender), before?.Value ?? TokenAmount.Zero,
            before?.Data ?? ReadOnlyMemory<byte>.Empty, cancellationToken, isFill: before is null);
        if (result is PreflightResult.Ready ready)
            return before is null ? ready.GasLimit : Math.Max(ready.GasLimit, before.GasLimit);
        if (result is PreflightResult.WouldRevert(_, var message) && before is not null)
            await ending.GiveUpAsync(slot, IntentWish.WouldRevert, $"It would revert now: {message}", Actor, cancellationToken);
        else
            await refused.TellStuckAsync(slot, result.GetType().Name, cancellationToken);
        return null;
    }

    private async Task<NonceSlot> ClimbAsync(
        NonceSlot slot, ChainProfile chain, SlotPricing pricing, LadderStep.Climb climb, RungCost cost,
        CancellationToken cancellationToken)
    {
        Rung? ready = SealedFor(slot, pricing, climb, cost.GasLimit);
        // A batch is handed on to nobody: its limit is what its members may pay.
        bool exhausted = ready is null && pricing.Only is { } member
            && pricing.Rungs.Count(rung => rung.Carrier == slot.Carrier) >= member.RungsMax;
        if (exhausted && (pricing.Only!.Generation >= options.Value.GenerationsMax || pricing.Only.State != IntentState.Executing))
        {
            await TellLimitAsync(slot, new LadderStep.AtLimit(climb.Fee, pricing.Rungs[0].MaxFeePerGas), cancellationToken);
            return slot;
        }

        NonceSlot? asked = await unitOfWork.RunAsync<NonceSlot?>(
            async (session, token) =>
            {
                await journal.RequireSameDatabaseAsync(session, token);
                if (!await slots.HoldsLeaseAsync(session, slot, token))
                    throw new StaleWriteException($"The lease of slot {slot.Id} was lost before it was priced again.");

                // Read again where the request is committed: what is frozen gets no further signature, and ends by its own worker.
                bool isStopped = await index.HaltReasonAsync(session, slot.Chain, token) is not null
                    || await gate.FindAnyAsync(session, pricing.Members, token) is not null;
                if (isStopped)
                    return null;
                if (ready is not null)
                    return await UnsealAsync(session, slot, ready, climb, pricing.Head, token);
                NonceSlot current = exhausted ? await escalation.EscalateAsync(session, slot, pricing.Only!, Actor, token) : slot;
                await InsertRungAsync(
                    session, current, chain.FillTo(slot.Sender), pricing, Distinct(climb, pricing, cost.GasLimit), cost, token);
                await incidents.CloseAsync(session, LimitIncident, slot.Id.ToString(), token);
                return await slots.MoveLeasedAsync(
                    session, current, SlotEvent.Repriced, TimeSpan.Zero,
                    new { climb.Why, climb.Fee, climb.Tip, cost.GasLimit, cost.DataFee, cost.NextBaseFee, pricing.Head }, Actor, token);
            },
            cancellationToken);
        if (asked is null)
            return slot;
        Boundary.Passed(Boundary.Repriced);
        if (ready is not null)
            return asked;
        return await SignAsync(asked, () => signing.SignAsync(asked, asked.Wanted!.Value, cancellationToken), cancellationToken);
    }

    // A fill at the market's price comes first. Where the signer gives none, the one that was sealed with the ladder needs nobody.
    private async Task<NonceSlot> SignAsync(NonceSlot slot, Func<Task<NonceSlot>> sign, CancellationToken cancellationToken)
    {
        try
        {
            NonceSlot signed = await sign();
            return slot.FillCarrier is null ? signed : await UseSealedFillAsync(signed, cancellationToken) ?? signed;
        }
        catch (SignerUnavailableException) when (slot.FillCarrier is not null)
        {
            if (await UseSealedFillAsync(slot, cancellationToken) is { } ready)
                return ready;
            throw;
        }
    }

    // The slot with its sealed fill ready to be sent; nothing when the signer gave one, or there is none that outbids what was signed.
    private Task<NonceSlot?> UseSealedFillAsync(NonceSlot slot, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync<NonceSlot?>(
            async (session, token) =>
            {
                await journal.RequireSameDatabaseAsync(session, token);
                if (!await slots.HoldsLeaseAsync(session, slot, token))
                    throw new StaleWriteException($"The lease of slot {slot.Id} was lost before its sealed fill was used.");
                if (await index.HaltReasonAsync(session, slot.Chain, token) is not null)
                    return null;
                IReadOnlyList<Rung> rungs = await attempts.AllRungsAsync(session, slot.Id, token);
                Rung? ready = rungs.FirstOrDefault(rung => rung is { IsFill: true, State: PreparedState.Sealed, Attempt.IsSigned: true });
                bool isNeedless = ready is null || rungs.Any(
                    rung => rung is { Attempt.IsSigned: true, State: not PreparedState.Sealed }
                        && ((rung.IsLive && rung.Carrier == slot.Wanted) || rung.MaxFeePerGas >= ready.MaxFeePerGas));
                return isNeedless
                    ? null
                    : await UnsealAsync(
                        session, slot, ready!, new LadderStep.Climb(ready!.MaxFeePerGas, ready.MaxPriorityFeePerGas, "signer_gave_none"),
                        await index.HeadAsync(session, slot.Chain, token), token);
            },
            cancellationToken);

    // What was sealed and is signed needs nobody's signature: the lowest that is high enough, or the highest there is.
    private static Rung? SealedFor(NonceSlot slot, SlotPricing pricing, LadderStep.Climb climb, long gasLimit)
    {
        TokenAmount top = pricing.Rungs.Max(rung => rung.MaxFeePerGas);
        Rung[] usable =
        [
            .. pricing.Sealed
                .Where(rung => rung.Carrier == slot.Wanted && rung.Attempt.IsSigned && rung.GasLimit >= gasLimit && rung.MaxFeePerGas > top)
                .OrderBy(rung => rung.MaxFeePerGas),
        ];
        return usable.FirstOrDefault(rung => rung.MaxFeePerGas >= climb.Fee) ?? usable.LastOrDefault();
    }

    // A fill at the very price of the sealed one would be the same bytes under another family, and one hash has one row.
    private static LadderStep.Climb Distinct(LadderStep.Climb climb, SlotPricing pricing, long gasLimit)
    {
        bool isTaken = pricing.Sealed.Any(
            rung => (rung.GasLimit, rung.MaxFeePerGas, rung.MaxPriorityFeePerGas) == (gasLimit, climb.Fee, climb.Tip));
        if (!isTaken)
            return climb;
        return climb.Tip < climb.Fee
            ? climb with { Tip = new TokenAmount(climb.Tip.BaseUnits + 1) }
            : climb with { Fee = new TokenAmount(climb.Fee.BaseUnits + 1) };
    }

    private async Task<NonceSlot> UnsealAsync(
        DbSession session, NonceSlot slot, Rung ready, LadderStep.Climb climb, long head, CancellationToken cancellationToken)
    {
        await attempts.UnsealAsync(session, ready, head, cancellationToken);
        await incidents.CloseAsync(session, LimitIncident, slot.Id.ToString(), cancellationToken);
        return await slots.MoveLeasedAsync(
            session, slot, SlotEvent.Repriced, TimeSpan.Zero,
            new { climb.Why, fee = ready.MaxFeePerGas, tip = ready.MaxPriorityFeePerGas, needed = climb.Fee, @sealed = true, head }, Actor,
            cancellationToken);
    }

    private async Task InsertRungAsync(
        DbSession session, NonceSlot slot, Address fillTo, SlotPricing pricing, LadderStep.Climb climb, RungCost cost,
        CancellationToken cancellationToken)
    {
        Guid carrier = slot.Wanted!.Value;
        Carrier carried = (await attempts.FindCarrierAsync(session, carrier, cancellationToken))!;
        // Of a child too: whatever was signed before with this effect says what to sign.
        PreparedCall? before = pricing.Rungs.FirstOrDefault(rung => rung.EffectHash == carried.EffectHash) is { } same
            ? await attempts.FindPreparedAsync(session, same.Carrier, cancellationToken)
            : null;
        await attempts.SupersedeAsync(session, carrier, cancellationToken);
        var prepared = new PreparedCall(
            NewId(), carrier, slot.Id, carried.EffectHash, before?.To ?? fillTo, before?.Value ?? TokenAmount.Zero,
            before?.Data ?? ReadOnlyMemory<byte>.Empty, cost.GasLimit, climb.Fee, climb.Tip,
            JsonSerializer.Serialize(
                new { climb.Why, next_base_fee = cost.NextBaseFee, data_fee = cost.DataFee, head = pricing.Head }, FactJson.Options),
            await attempts.NextRungAsync(session, slot.Id, cancellationToken), pricing.Head)
        {
            DataFee = cost.DataFee,
        };
        await attempts.FreezeAsync(session, carrier, cancellationToken);
        await attempts.InsertPreparedAsync(session, prepared, cancellationToken);
        await attempts.InsertExecutionAsync(session, NewId(), prepared.Id, cancellationToken);
    }

    private Task TellLimitAsync(NonceSlot slot, LadderStep.AtLimit limit, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            (session, token) => incidents.OpenAsync(
                session, LimitIncident, slot.Id.ToString(), slot.Chain, slot.Sender,
                $"Nonce {slot.Nonce} of {slot.Sender} needs {limit.Needed} wei per gas and may pay {limit.Limit}: its highest price goes "
                + "on being sent.",
                new { slot.Nonce, limit.Needed, limit.Limit }, token),
            cancellationToken);

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());

    /// <summary>What a price is multiplied by, what comes on top, and the base fee that it was decided at.</summary>
    private readonly record struct RungCost(long GasLimit, TokenAmount DataFee, TokenAmount NextBaseFee);

    /// <summary>What the next price of a slot is decided on.</summary>
    private sealed record SlotPricing(
        IReadOnlyList<Rung> Rungs, IReadOnlyList<Rung> Sealed, Rung? Live, IReadOnlyList<string> Answers, bool IsFill,
        long? NewestHead, long Head, bool IsLowest,
        IReadOnlyList<Intent> Members, TokenAmount Budget, bool Halted, bool IsUsed, bool IsFillRefused, bool IsShared)
    {
        /// <summary>Who stands behind it, when it is one alone, also of those that are not known here.</summary>
        public Intent? Only => !IsShared && Members is [var only] ? only : null;

        /// <summary>How many prices of what it wants to be mined were signed.</summary>
        public int Tries => Rungs.Count(rung => rung.IsFill == IsFill && rung.Attempt.IsSigned);

        /// <summary>Blocks since the newest price, refused ones too; without end for prices of the signer's journal alone.</summary>
        public long BlocksWaited => NewestHead is { } priced ? Head - priced : long.MaxValue / 2;
    }
}
