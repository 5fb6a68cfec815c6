using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Payments.Lending;

namespace ChainExec.Payments.InstantDeposit;

/// <summary>The bank booked dollars of an ACH transfer to our account.</summary>
/// <param name="Settlement">The bank's id of the booking: a transfer may settle in parts, and again after a return.</param>
/// <param name="Transfer">The bank's id of the transfer.</param>
[ComesFrom("webhooks of the bank")]
internal sealed record AchSettled(string Settlement, string Transfer, TokenAmount Amount) : IMoneyEvidence
{
    public static string Type => "payments.ach_settled";

    string IFlowEvent.EventId => $"bank:ach_settled:{Settlement}";

    string IFlowEvent.CorrelationKey => AchKey.Of(Transfer);

    AccountSpec IMoneyEvidence.Account => Book.Bank(Lend.Dollar);

    EntrySide IMoneyEvidence.Side => EntrySide.Debit;
}
