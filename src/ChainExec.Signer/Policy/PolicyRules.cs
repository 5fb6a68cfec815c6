using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Policy;

/// <summary>Holds a command against the policy. Pure: the same command, journal and day give the same verdict.</summary>
internal static class PolicyRules
{
    /// <summary>The refusal, or null when every rule allows it.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="command">The command.</param>
    /// <param name="index">What was signed before, for the totals of the day.</param>
    /// <param name="today">The UTC day now.</param>
    internal static PolicyVerdict? Judge(SigningPolicy policy, SignCommand command, JournalIndex index, DateOnly today)
    {
        if (!policy.Chains.TryGetValue(command.Slot.ChainId, out ChainPolicy? chain))
            return Refuse("chain", "The policy does not name this chain.");

        // More wei than 256 bits hold is above every limit.
        if (command.FeeMax is not { } fee || fee > chain.FeeMax)
            return Refuse("max_fee_per_transaction", $"Gas limit times fee cap is above {chain.FeeMax} wei.");

        // A fill moves nothing and its shape was checked before; only its fee can do harm.
        if (command.Purpose == SignPurpose.Fill)
            return null;

        // A re-priced slot was counted when it was first signed; its effect is the same one.
        DayTotals? totals = index.Slot(command.Slot).EffectOf(command.Family) is null
            ? new DayTotals(index, command.Slot.ChainId, today)
            : null;
        return command.Members.Count > 0
            ? JudgeBatch(chain, command, totals)
            : JudgeCall(chain, new RequestedCall(command.To, command.Transaction.Value, command.Transaction.Data), totals);
    }

    private static PolicyVerdict? JudgeBatch(ChainPolicy chain, SignCommand command, DayTotals? totals)
    {
        if (chain.Batches is not { } batches)
            return Refuse("batches", "The policy allows no batches on this chain.");

        if (command.To != command.Sender || !command.Transaction.Value.IsZero)
            return Malformed("A batch is a call of the sender to itself that sends nothing.");

        if (!BatchDecoder.TryDecode(command.Transaction.Data.Span, out IReadOnlyList<RequestedCall>? calls, out string? reason))
            return Malformed($"The calldata is no canonical executeBatch: {reason}.");

        if (calls.Count != command.Members.Count)
            return Malformed($"There are {calls.Count} calls for {command.Members.Count} members.");

        if (calls.Count > batches.CallsMax)
            return Refuse("calls_max", $"{calls.Count} calls are above {batches.CallsMax} per batch.");

        for (int i = 0; i < calls.Count; i++)
        {
            // The account may do to itself what nobody else may.
            PolicyVerdict? verdict = calls[i].To == command.Sender
                ? Malformed("It goes to the sender itself.")
                : JudgeCall(chain, calls[i], totals);
            if (verdict is not null)
                return verdict with { Message = $"Call {i} of the batch: {verdict.Message}" };
        }

        return null;
    }

    private static PolicyVerdict? JudgeCall(ChainPolicy chain, RequestedCall requested, DayTotals? totals)
    {
        DecodedCall? call = requested.Decode();
        if (call is null)
            return new PolicyVerdict(
                RefusalCode.UnknownFunction, "unknown_function", "The calldata is not a call that this signer can decode.");

        return call.Contract is null
            ? JudgeNative(chain, requested, call, totals)
            : JudgeContract(chain, requested, call, totals);
    }

    private static PolicyVerdict? JudgeNative(ChainPolicy chain, RequestedCall requested, DecodedCall call, DayTotals? totals)
    {
        // Without data a token contract would run its receive function: that is a call this signer does not understand, not a transfer.
        if (chain.Contracts.ContainsKey(requested.To))
            return Refuse("native", "Plain transfers to a contract of the policy are not allowed.");

        return chain.Native is null
            ? Refuse("native", "The policy allows no transfers of the chain's own coin.")
            : JudgeLimits(chain.Native, call, totals);
    }

    private static PolicyVerdict? JudgeContract(ChainPolicy chain, RequestedCall requested, DecodedCall call, DayTotals? totals)
    {
        if (!chain.Contracts.TryGetValue(requested.To, out ContractPolicy? contract))
            return Refuse("contract", "The policy does not name this contract.");

        if (!contract.Functions.Contains(call.Function))
            return Refuse("function", $"The policy does not allow {call.Function} on {contract.Name}.");

        return requested.Value != default(UInt256)
            ? Refuse("value", $"{call.Function} takes no coin of the chain, but the transaction sends some.")
            : JudgeLimits(contract.Limits, call, totals);
    }

    private static PolicyVerdict? JudgeLimits(AssetLimits limits, DecodedCall call, DayTotals? totals)
    {
        if (limits.Destinations is not null && !limits.Destinations.Contains(call.Counterparty))
            return Refuse("destination", $"{call.Counterparty} is not among the allowed destinations.");

        if (call.Amount > limits.PerCallMax)
            return Refuse("max_per_call", $"{call.Amount} is above {limits.PerCallMax} per call.");

        if (totals is null)
            return null;

        UInt256 signed = totals.Of(call.Contract);
        totals.Add(call);
        return signed > limits.PerDayMax || call.Amount > limits.PerDayMax - signed
            ? Refuse("max_per_day", $"{call.Amount} on top of {signed} signed today is above {limits.PerDayMax} per day.")
            : null;
    }

    private static PolicyVerdict Refuse(string rule, string message) => new(RefusalCode.PolicyRefused, rule, message);

    private static PolicyVerdict Malformed(string message) => new(RefusalCode.InvalidBatch, RefusalCode.InvalidBatch, message);
}
