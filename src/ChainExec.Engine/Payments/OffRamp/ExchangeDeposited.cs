using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Payments.OffRamp;

/// <summary>The exchange received coins of a customer at the address that it gave to them.</summary>
/// <param name="Deposit">The exchange's id of the deposit.</param>
/// <param name="Owner">Whose address it is; nobody's when we know nobody whom the exchange names: then no flow starts.</param>
/// <param name="Asset">The coin, as the books name it.</param>
[ComesFrom("webhooks of the exchange")]
internal sealed record ExchangeDeposited(string Deposit, Guid? Owner, string Asset, TokenAmount Amount) : IMoneyEvidence
{
    public static string Type => "payments.exchange_deposited";

    string IFlowEvent.EventId => $"exchange:deposit:{Deposit}";

    string IFlowEvent.CorrelationKey => OffRampKey.Of(Deposit);

    AccountSpec IMoneyEvidence.Account => Book.Custodian(OffRampFlow.Exchange, Asset);

    EntrySide IMoneyEvidence.Side => EntrySide.Debit;
}
