using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Payments.OffRamp;

/// <summary>What the exchange is asked to sell.</summary>
/// <param name="Reference">Comes back in the addenda of its bank transfer.</param>
internal sealed record SellOrder(string Reference, string Asset, TokenAmount Amount);

/// <summary>What it sold it for.</summary>
/// <param name="Order">The exchange's id.</param>
/// <param name="Proceeds">Cents, after the exchange's fee: what it sends to our bank.</param>
internal sealed record SaleDone(string Order, TokenAmount Proceeds);

/// <summary>What an off-ramp remembers.</summary>
internal sealed record OffRampContext(Guid? Owner, string Deposit, string Asset, TokenAmount Amount) : IFlowContext
{
    /// <summary>Dollars that the exchange says are on their way; zero before it sold.</summary>
    public TokenAmount Expected { get; init; }
}

/// <summary>
/// A customer's coins become dollars: the exchange receives them, sells them, and sends dollars to our bank days later. Until they are
/// there they are in transit, and what comes is booked as it came.
/// </summary>
internal sealed class OffRampFlow : Flow<OffRampContext>
{
    public const string Exchange = "exchange";
    public const string Dollar = "usd";

    private static readonly ExternalOperation<SellOrder, SaleDone> Sell = new(Exchange, "sell");

    public override string Name => "off_ramp";

    public override int Version => 1;

    protected override IReadOnlyList<Func<Rule<OffRampContext>>> Starts => [CoinsArrived];

    private static Rule<OffRampContext> CoinsArrived() =>
        StartOn<ExchangeDeposited>(deposit => new OffRampContext(deposit.Owner, deposit.Deposit, deposit.Asset, deposit.Amount))
            .Post("off_ramp_deposit", books => books.Move(
                debit: (deposit, context) => Book.Custodian(Exchange, deposit.Asset),
                credit: (deposit, context) => Book.Customer(deposit.Owner, deposit.Asset),
                amount: (deposit, context) => deposit.Amount))
            .Call(
                Sell, (deposit, context) => new SellOrder(deposit.Deposit, deposit.Asset, deposit.Amount),
                confirmed: Sold, rejected: SaleRefused);

    private static Rule<OffRampContext> Sold() =>
        OnResult<SaleDone>()
            .Remember(context => context.Expected, (sale, context) => sale.Proceeds)
            .Post("off_ramp_sale", books => books
                .Move(
                    debit: (sale, context) => Book.Customer(context.Owner!.Value, context.Asset),
                    credit: (sale, context) => Book.Custodian(Exchange, context.Asset),
                    amount: (sale, context) => context.Amount)
                .Move(
                    debit: (sale, context) => Book.InTransit(Exchange, Dollar),
                    credit: (sale, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    amount: (sale, context) => sale.Proceeds))
            .ThenWaitForFirst(CreditInFull, CreditShort);

    // What is more than was sold is nobody's yet.
    private static Rule<OffRampContext> CreditInFull() =>
        On<BankCredited>((credit, context) => credit.Amount >= context.Expected)
            .Post("off_ramp_settled", books => books
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.InTransit(Exchange, Dollar),
                    amount: (credit, context) => context.Expected)
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.Suspense(Dollar),
                    amount: (credit, context) => FlowMath.Less(credit.Amount, context.Expected))
                .Move(
                    debit: (credit, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    credit: (credit, context) => Book.Customer(context.Owner!.Value, Dollar),
                    amount: (credit, context) => context.Expected))
            .Emit((credit, context) => new OffRampSettled(context.Deposit, context.Expected))
            .ExpiresAfter(Wait.Business(3, RailCalendar.Ach), SettlementLate)
            .ThenWaitFor(CreditReturned);

    // The rest stays in transit until somebody has asked the exchange.
    private static Rule<OffRampContext> CreditShort() =>
        On<BankCredited>((credit, context) => credit.Amount < context.Expected)
            .Post("off_ramp_short", books => books
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.InTransit(Exchange, Dollar),
                    amount: (credit, context) => credit.Amount)
                .Move(
                    debit: (credit, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    credit: (credit, context) => Book.Customer(context.Owner!.Value, Dollar),
                    amount: (credit, context) => credit.Amount))
            .Alert("off_ramp_short", (credit, context) => string.Concat(
                "The exchange sent less than it said for deposit ", context.Deposit, "; the rest is in transit."))
            .WaitsForEver("the expiry of the credit in full tells of both")
            .Ends("short");

    // The money is gone from the bank whatever the customer has left: the claim may go below zero, and somebody has to look.
    private static Rule<OffRampContext> CreditReturned() =>
        On<BankCreditReturned>()
            .Post("off_ramp_returned", books => books.Move(
                debit: (returned, context) => Book.Customer(context.Owner!.Value, Dollar),
                credit: (returned, context) => Book.Bank(Dollar),
                amount: (returned, context) => returned.Amount))
            .Alert("off_ramp_returned", (returned, context) => string.Concat(
                "The bank took back the dollars of deposit ", context.Deposit, ": ", returned.Reason))
            .ExpiresAfter(Wait.Days(60), ReturnPeriodOver, closes: true)
            .Ends("returned");

    private static Rule<OffRampContext> ReturnPeriodOver() => Branch().Ends("settled");

    private static Rule<OffRampContext> SettlementLate() =>
        Branch().Alert("off_ramp_late", (_, context) => string.Concat("No dollars came for deposit ", context.Deposit));

    // The coins stay the customer's, at the exchange.
    private static Rule<OffRampContext> SaleRefused() =>
        OnResult<Rejection>()
            .Alert("off_ramp_refused", (rejection, context) => string.Concat(
                "The exchange does not sell deposit ", context.Deposit, ": ", rejection.Detail))
            .Ends("refused");
}
