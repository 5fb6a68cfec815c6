using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Payments.OffRamp;

/// <summary>The exchange received coins of a customer at the address that it gave to them.</summary>
/// <param name="Deposit">The exchange's id of the deposit.</param>
/// <param name="Owner">Whose address it is.</param>
/// <param name="Asset">The coin, as the books name it.</param>
[ComesFrom("webhooks of the exchange")]
internal sealed record ExchangeDeposited(string Deposit, Guid Owner, string Asset, TokenAmount Amount) : IMoneyEvidence
{
    public static string Type => "payments.exchange_deposited";

    string IFlowEvent.EventId => $"exchange:deposit:{Deposit}";

    string IFlowEvent.CorrelationKey => OffRampKey.Of(Deposit);

    AccountSpec IMoneyEvidence.Account => Book.Custodian(OffRampFlow.Exchange, Asset);

    EntrySide IMoneyEvidence.Side => EntrySide.Debit;
}

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

/// <summary>The bank took a credit back: the transfer was returned.</summary>
/// <param name="Transfer">The bank's id of the transfer that was returned.</param>
/// <param name="Reference">As the transfer's.</param>
/// <param name="Reason">The return code.</param>
[ComesFrom("webhooks of the bank")]
internal sealed record BankCreditReturned(string Transfer, string Reference, TokenAmount Amount, string Reason) : IMoneyEvidence
{
    public static string Type => "payments.bank_credit_returned";

    string IFlowEvent.EventId => $"bank:return:{Transfer}";

    string IFlowEvent.CorrelationKey => OffRampKey.Of(Reference);

    AccountSpec IMoneyEvidence.Account => Book.Bank(OffRampFlow.Dollar);

    EntrySide IMoneyEvidence.Side => EntrySide.Credit;
}

/// <summary>The customer has the dollars.</summary>
internal sealed record OffRampSettled(string Deposit, TokenAmount Dollars) : IFlowEvent
{
    public static string Type => "payments.off_ramp_settled";

    string IFlowEvent.EventId => $"off_ramp:settled:{Deposit}";

    string IFlowEvent.CorrelationKey => OffRampKey.Of(Deposit);
}

/// <summary>What finds an off-ramp.</summary>
internal static class OffRampKey
{
    public static string Of(string deposit) => $"off_ramp:{deposit}";
}
