using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Payments.Lending;

namespace ChainExec.Payments.InstantDeposit;

/// <summary>The bank took settled dollars of an ACH transfer back from our account.</summary>
/// <param name="Return">The bank's id of the return: a transfer may be taken back in parts.</param>
/// <param name="Transfer">The bank's id of the transfer.</param>
/// <param name="Reason">The return code.</param>
[ComesFrom("webhooks of the bank")]
internal sealed record AchReturned(string Return, string Transfer, TokenAmount Amount, string Reason) : IMoneyEvidence
{
    public static string Type => "payments.ach_returned";

    string IFlowEvent.EventId => $"bank:ach_returned:{Return}";

    string IFlowEvent.CorrelationKey => AchKey.Of(Transfer);

    AccountSpec IMoneyEvidence.Account => Book.Bank(Lend.Dollar);

    EntrySide IMoneyEvidence.Side => EntrySide.Credit;
}
