using ChainExec.Flows.Definitions;

namespace ChainExec.Payments.InstantDeposit;

/// <summary>The bank says that what has not settled of an ACH transfer never will: it was returned before it was booked.</summary>
/// <param name="Transfer">The bank's id of the transfer.</param>
/// <param name="Reason">The return code.</param>
[ComesFrom("webhooks of the bank")]
internal sealed record AchRefused(string Transfer, string Reason) : IFlowEvent
{
    public static string Type => "payments.ach_refused";

    string IFlowEvent.EventId => $"bank:ach_refused:{Transfer}";

    string IFlowEvent.CorrelationKey => AchKey.Of(Transfer);
}
