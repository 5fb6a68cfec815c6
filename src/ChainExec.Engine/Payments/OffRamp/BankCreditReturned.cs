using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Payments.OffRamp;

/// <summary>The bank took a credit back: the transfer was returned.</summary>
/// <param name="Return">The bank's id of the return: a transfer may be taken back in parts.</param>
/// <param name="Transfer">The bank's id of the transfer that was returned.</param>
/// <param name="Reference">As the transfer's.</param>
/// <param name="Reason">The return code.</param>
[ComesFrom("webhooks of the bank")]
internal sealed record BankCreditReturned(string Return, string Transfer, string Reference, TokenAmount Amount, string Reason)
    : IMoneyEvidence
{
    public static string Type => "payments.bank_credit_returned";

    string IFlowEvent.EventId => $"bank:return:{Return}";

    string IFlowEvent.CorrelationKey => OffRampKey.Of(Reference);

    AccountSpec IMoneyEvidence.Account => Book.Bank(OffRampFlow.Dollar);

    EntrySide IMoneyEvidence.Side => EntrySide.Credit;
}
