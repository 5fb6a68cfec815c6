using ChainExec.Flows.Definitions;

namespace ChainExec.Payments.OffRamp;

/// <summary>The customer has the dollars.</summary>
/// <param name="Transfer">The one with which the last of them came.</param>
internal sealed record OffRampSettled(string Deposit, string Transfer, TokenAmount Dollars) : IFlowEvent
{
    public static string Type => "payments.off_ramp_settled";

    string IFlowEvent.EventId => $"off_ramp:settled:{Deposit}:{Transfer}";

    string IFlowEvent.CorrelationKey => OffRampKey.Of(Deposit);
}
