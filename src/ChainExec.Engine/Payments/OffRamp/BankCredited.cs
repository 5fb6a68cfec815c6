using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Payments.OffRamp;

/// <summary>The bank booked dollars to our account.</summary>
/// <param name="Transfer">The bank's id of the transfer.</param>
/// <param name="Reference">The addenda: the exchange writes the deposit there.</param>
[ComesFrom("webhooks of the bank")]
internal sealed record BankCredited(string Transfer, string Reference, TokenAmount Amount) : IMoneyEvidence
{
    public static string Type => "payments.bank_credited";

    string IFlowEvent.EventId => $"bank:credit:{Transfer}";

    string IFlowEvent.CorrelationKey => OffRampKey.Of(Reference);

    AccountSpec IMoneyEvidence.Account => Book.Bank(OffRampFlow.Dollar);

    EntrySide IMoneyEvidence.Side => EntrySide.Debit;
}
