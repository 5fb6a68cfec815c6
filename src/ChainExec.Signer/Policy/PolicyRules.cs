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

        DecodedCall? call = CallDecoder.Decode(command.To, command.Transaction.Value, command.Transaction.Data.Span);
        if (call is null)
            return new PolicyVerdict(
                RefusalCode.UnknownFunction, "unknown_function", "The calldata is not a call that this signer can decode.");

        return call.Contract is null
            ? JudgeNative(chain, command, call, index, today)
            : JudgeContract(chain, command, call, index, today);
    }

    private static PolicyVerdict? JudgeNative(ChainPolicy chain, SignCommand command, DecodedCall call, JournalIndex index, DateOnly today)
    {
        // Without data a token contract would run its receive function: that is a call this signer does not understand, not a transfer.
        if (chain.Contracts.ContainsKey(command.To))
            return Refuse("native", "Plain transfers to a contract of the policy are not allowed.");

        return chain.Native is null
            ? Refuse("native", "The policy allows no transfers of the chain's own coin.")
            : JudgeLimits(chain.Native, command, call, index, today);
    }

    private static PolicyVerdict? JudgeContract(
        ChainPolicy chain, SignCommand command, DecodedCall call, JournalIndex index, DateOnly today)
    {
        if (!chain.Contracts.TryGetValue(command.To, out ContractPolicy? contract))
            return Refuse("contract", "The policy does not name this contract.");

        if (!contract.Functions.Contains(call.Function))
            return Refuse("function", $"The policy does not allow {call.Function} on {contract.Name}.");

        return command.Transaction.Value != default(UInt256)
            ? Refuse("value", $"{call.Function} takes no coin of the chain, but the transaction sends some.")
            : JudgeLimits(contract.Limits, command, call, index, today);
    }

    private static PolicyVerdict? JudgeLimits(AssetLimits limits, SignCommand command, DecodedCall call, JournalIndex index, DateOnly today)
    {
        if (limits.Destinations is not null && !limits.Destinations.Contains(call.Counterparty))
            return Refuse("destination", $"{call.Counterparty} is not among the allowed destinations.");

        if (call.Amount > limits.PerCallMax)
            return Refuse("max_per_call", $"{call.Amount} is above {limits.PerCallMax} per call.");

        // A re-priced slot was counted when it was first signed; its effect is the same one.
        if (index.Slot(command.Slot).EffectOf(command.Family) is not null)
            return null;

        UInt256 signed = index.DayTotal(command.Slot.ChainId, call.Contract, today);
        return signed > limits.PerDayMax || call.Amount > limits.PerDayMax - signed
            ? Refuse("max_per_day", $"{call.Amount} on top of {signed} signed today is above {limits.PerDayMax} per day.")
            : null;
    }

    private static PolicyVerdict Refuse(string rule, string message) => new(RefusalCode.PolicyRefused, rule, message);
}
