using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>Somebody asked for coins to become dollars.</summary>
[ComesFrom("the tests")]
internal sealed record RampAsked(string Transfer, Guid Asker, TokenAmount Amount) : IFlowEvent
{
    public static string Type => "test.ramp_asked";

    string IFlowEvent.EventId => $"asked:{Transfer}";

    string IFlowEvent.CorrelationKey => RampFlow.KeyOf(Transfer);
}

/// <summary>The bank saw dollars come.</summary>
[ComesFrom("the tests")]
internal sealed record BankCredited(string Id, string Reference, TokenAmount Amount) : IMoneyEvidence
{
    public static string Type => "test.bank_credited";

    string IFlowEvent.EventId => $"bank:{Id}";

    string IFlowEvent.CorrelationKey => RampFlow.KeyOf(Reference);

    AccountSpec IMoneyEvidence.Account => RampFlow.Bank;

    EntrySide IMoneyEvidence.Side => EntrySide.Debit;
}

/// <summary>The dollars are the customer's.</summary>
internal sealed record RampSettled(string Transfer) : IFlowEvent
{
    public static string Type => "test.ramp_settled";

    string IFlowEvent.EventId => $"settled:{Transfer}";

    string IFlowEvent.CorrelationKey => RampFlow.KeyOf(Transfer);
}

/// <summary>What the provider is asked to sell.</summary>
internal sealed record SellOrder(string Transfer, TokenAmount Amount);

/// <summary>What the provider sold it for.</summary>
internal sealed record Sale(string Order, TokenAmount Proceeds);

internal sealed record RampContext(Guid? Owner, string Transfer, TokenAmount Amount) : IFlowContext
{
    public TokenAmount Expected { get; init; }
}

/// <summary>Coins are sold at a provider, dollars arrive at the bank days later, the customer is credited.</summary>
internal sealed class RampFlow : Flow<RampContext>
{
    public static readonly AccountSpec Bank = Book.Wallet("bank", "usd", owner: null);

    private static readonly ExternalOperation<SellOrder, Sale> Sell = new("exchange", "sell");

    public override string Name => "ramp";

    public override int Version => 1;

    protected override IReadOnlyList<Func<Rule<RampContext>>> Starts => [Asked];

    public static string KeyOf(string transfer) => $"ramp:{transfer}";

    private static Rule<RampContext> Asked() =>
        StartOn<RampAsked>(asked => new RampContext(asked.Asker, asked.Transfer, asked.Amount))
            .Call(Sell, (asked, context) => new SellOrder(context.Transfer, context.Amount), confirmed: Sold, rejected: SaleRefused);

    private static Rule<RampContext> Sold() =>
        OnResult<Sale>()
            .Remember(context => context.Expected, (sale, context) => sale.Proceeds)
            .ThenWaitFor(CreditInFull, CreditShort);

    private static Rule<RampContext> CreditInFull() =>
        On<BankCredited>((credit, context) => credit.Amount >= context.Expected)
            .Post("ramp_settled", books => books
                .Move((credit, context) => Bank, (credit, context) => Book.Customer(context.Owner!.Value, "usd"),
                    (credit, context) => context.Expected)
                .Move((credit, context) => Bank, (credit, context) => Book.Suspense("usd"),
                    (credit, context) => FlowMath.Less(credit.Amount, context.Expected)))
            .Emit((credit, context) => new RampSettled(context.Transfer))
            .ExpiresAfter(Wait.Days(3), SettlementLate)
            .Ends("settled");

    private static Rule<RampContext> CreditShort() =>
        On<BankCredited>((credit, context) => credit.Amount < context.Expected)
            .Post("ramp_short", books => books
                .Move((credit, context) => Bank, (credit, context) => Book.Customer(context.Owner!.Value, "usd"),
                    (credit, context) => credit.Amount))
            .Alert("credit_short", (credit, context) => string.Concat("Less came than was sold, for ", context.Transfer))
            .WaitsForEver("the expiry of the credit in full tells of both")
            .Ends("short");

    private static Rule<RampContext> SettlementLate() =>
        Branch().Alert("settlement_late", (_, context) => string.Concat("No dollars came for ", context.Transfer));

    private static Rule<RampContext> SaleRefused() =>
        OnResult<Rejection>()
            .Alert("sale_refused", (rejection, context) => string.Concat(rejection.Code, ": ", rejection.Detail))
            .Ends("refused");
}
