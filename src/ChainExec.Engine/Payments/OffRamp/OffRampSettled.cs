using ChainExec.Flows.Definitions;

namespace ChainExec.Payments.OffRamp;

/// <summary>The customer has the dollars.</summary>
internal sealed record OffRampSettled(string Deposit, TokenAmount Dollars) : IFlowEvent
{
    public static string Type => "payments.off_ramp_settled";

    string IFlowEvent.EventId => $"off_ramp:settled:{Deposit}";

    string IFlowEvent.CorrelationKey => OffRampKey.Of(Deposit);
}
