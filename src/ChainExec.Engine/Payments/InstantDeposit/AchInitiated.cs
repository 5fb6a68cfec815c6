using ChainExec.Flows.Definitions;

namespace ChainExec.Payments.InstantDeposit;

/// <summary>The bank says that an ACH transfer to a customer's account number is on its way. No money has moved.</summary>
/// <param name="Transfer">The bank's id of the transfer.</param>
/// <param name="Owner">Whose account number it is; nobody's when we know nobody whom the bank names: then no flow starts.</param>
[ComesFrom("webhooks of the bank")]
internal sealed record AchInitiated(string Transfer, Guid? Owner, TokenAmount Amount) : IFlowEvent
{
    public static string Type => "payments.ach_initiated";

    string IFlowEvent.EventId => $"bank:ach:{Transfer}";

    string IFlowEvent.CorrelationKey => AchKey.Of(Transfer);
}
