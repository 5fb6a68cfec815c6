using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Payments.OffRamp;

/// <summary>What an off-ramp of version 2 remembers.</summary>
internal sealed record OffRampContext(Guid? Owner, string Deposit, string Asset, TokenAmount Amount) : IFlowContext
{
    /// <summary>Dollars that the exchange says it sends; zero before it sold.</summary>
    public TokenAmount Expected { get; init; }

    /// <summary>What of them is not there: in transit.</summary>
    public TokenAmount Missing { get; init; }

    /// <summary>What came.</summary>
    public IReadOnlyList<BankCredit> Credits { get; init; } = [];
}

/// <summary>
/// The off-ramp as it was before the customer could be paid at once: only for those that began under it. <see cref="OffRampFlow"/> is what
/// begins now.
/// </summary>
internal sealed class OffRampFlow2 : Flow<OffRampContext>
{
    private const string Exchange = OffRampFlow.Exchange;
    private const string Dollar = OffRampFlow.Dollar;

    private static readonly ExternalOperation<SellOrder, SaleDone> Sell = new(Exchange, "sell");

    public override string Name => "off_ramp";

    public override int Version => 2;

    protected override IReadOnlyList<Func<Rule<OffRampContext>>> Starts => [CoinsArrived];

    // Pending: nobody spends coins on a chain that are at the exchange to be sold.
    private static Rule<OffRampContext> CoinsArrived() =>
        StartOn<ExchangeDeposited>(
                deposit => new OffRampContext(deposit.Owner, deposit.Deposit, deposit.Asset, deposit.Amount),
                when: deposit => deposit.Owner != null)
            .Post("off_ramp_deposit", books => books.Move(
                debit: (deposit, context) => Book.Custodian(Exchange, deposit.Asset),
                credit: (deposit, context) => Book.CustomerPending(deposit.Owner!.Value, deposit.Asset),
                amount: (deposit, context) => deposit.Amount))
            .Call(
                Sell, (deposit, context) => new SellOrder(deposit.Deposit, deposit.Asset, deposit.Amount),
                confirmed: Sold, rejected: SaleRefused);

    private static Rule<OffRampContext> Sold() =>
        OnResult<SaleDone>()
            .Remember(context => context.Expected, (sale, context) => sale.Proceeds)
            .Remember(context => context.Missing, (sale, context) => sale.Proceeds)
            .Post("off_ramp_sale", books => books
                .Move(
                    debit: (sale, context) => Book.CustomerPending(context.Owner!.Value, context.Asset),
                    credit: (sale, context) => Book.Custodian(Exchange, context.Asset),
                    amount: (sale, context) => context.Amount)
                .Move(
                    debit: (sale, context) => Book.InTransit(Exchange, Dollar),
                    credit: (sale, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    amount: (sale, context) => sale.Proceeds))
            .ThenWaitForFirst(CreditInPart, CreditInFull, CreditBeyond, PartReturned, RestGivenUp);

    // The rest stays in transit, and the customer's claim on it pending.
    private static Rule<OffRampContext> CreditInPart() =>
        On<BankCredited>((credit, context) => credit.Amount < context.Missing && BankCredits.HasRoom(context.Credits))
            .Post("off_ramp_part", books => books
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.InTransit(Exchange, Dollar),
                    amount: (credit, context) => credit.Amount)
                .Move(
                    debit: (credit, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    credit: (credit, context) => Book.Customer(context.Owner!.Value, Dollar),
                    amount: (credit, context) => credit.Amount))
            .Remember(
                context => context.Credits,
                (credit, context) => BankCredits.With(context.Credits, credit.Transfer, credit.Amount, TokenAmount.Zero))
            .Remember(context => context.Missing, (credit, context) => FlowMath.Less(context.Missing, credit.Amount))
            .WaitsForEver("the expiry of the credit in full tells of both")
            .ThenWaitForFirst(CreditInPart, CreditInFull, CreditBeyond, PartReturned, RestGivenUp);

    private static Rule<OffRampContext> CreditInFull() =>
        On<BankCredited>((credit, context) => credit.Amount == context.Missing && BankCredits.HasRoom(context.Credits))
            .Post("off_ramp_settled", books => books
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.InTransit(Exchange, Dollar),
                    amount: (credit, context) => context.Missing)
                .Move(
                    debit: (credit, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    credit: (credit, context) => Book.Customer(context.Owner!.Value, Dollar),
                    amount: (credit, context) => context.Missing))
            .Remember(
                context => context.Credits,
                (credit, context) => BankCredits.With(context.Credits, credit.Transfer, context.Missing, TokenAmount.Zero))
            .Remember(context => context.Missing, (credit, context) => TokenAmount.Zero)
            .Emit((credit, context) => new OffRampSettled(context.Deposit, credit.Transfer, context.Expected))
            .ExpiresAfter(Wait.Business(3, RailCalendar.Ach), SettlementLate)
            .ThenWaitForFirst(CreditReturned, ExcessReturned, CreditTooMany);

    // What is more than was sold is nobody's yet.
    private static Rule<OffRampContext> CreditBeyond() =>
        On<BankCredited>((credit, context) => credit.Amount > context.Missing && BankCredits.HasRoom(context.Credits))
            .Post("off_ramp_settled", books => books
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.InTransit(Exchange, Dollar),
                    amount: (credit, context) => context.Missing)
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.Suspense(Dollar),
                    amount: (credit, context) => FlowMath.Less(credit.Amount, context.Missing))
                .Move(
                    debit: (credit, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    credit: (credit, context) => Book.Customer(context.Owner!.Value, Dollar),
                    amount: (credit, context) => context.Missing))
            .Remember(
                context => context.Credits,
                (credit, context) => BankCredits.With(
                    context.Credits, credit.Transfer, context.Missing, FlowMath.Less(credit.Amount, context.Missing)))
            .Remember(context => context.Missing, (credit, context) => TokenAmount.Zero)
            .Emit((credit, context) => new OffRampSettled(context.Deposit, credit.Transfer, context.Expected))
            .Alert("off_ramp_excess", (credit, context) => string.Concat(
                "More came than the exchange said it sends, for deposit ", context.Deposit, "; the rest is in suspense."))
            .WaitsForEver("the expiry of the credit in full tells of both")
            .ThenWaitForFirst(CreditReturned, ExcessReturned, CreditTooMany);

    // All is there, and more comes.
    private static Rule<OffRampContext> CreditTooMany() =>
        On<BankCredited>((credit, context) => BankCredits.HasRoom(context.Credits))
            .Post("off_ramp_excess", books => books.Move(
                debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.Suspense(Dollar),
                amount: (credit, context) => credit.Amount))
            .Remember(
                context => context.Credits,
                (credit, context) => BankCredits.With(context.Credits, credit.Transfer, TokenAmount.Zero, credit.Amount))
            .Alert("off_ramp_excess", (credit, context) => string.Concat(
                "Dollars came for deposit ", context.Deposit, ", which is settled; they are in suspense."))
            .WaitsForEver("it is not expected at all")
            .ThenWaitForFirst(CreditReturned, ExcessReturned, CreditTooMany);

    private static Rule<OffRampContext> CreditReturned() =>
        TakenBack(On<BankCreditReturned>((returned, context) => BankCredits.Knows(context.Credits, returned.Transfer)
                && BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount) > TokenAmount.Zero))
            .ExpiresAfter(Wait.Days(60), ReturnPeriodOver, closes: true)
            .ThenWaitForFirst(CreditInPart, CreditInFull, CreditBeyond, PartReturned, RestGivenUp);

    // The customer keeps what was sold.
    private static Rule<OffRampContext> ExcessReturned() =>
        TakenBack(On<BankCreditReturned>((returned, context) => BankCredits.Knows(context.Credits, returned.Transfer)
                && BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount) == TokenAmount.Zero))
            .WaitsForEver("the other return tells when the time for both is over")
            .ThenWaitForFirst(CreditReturned, ExcessReturned, CreditTooMany);

    private static Rule<OffRampContext> PartReturned() =>
        TakenBack(On<BankCreditReturned>((returned, context) => BankCredits.Knows(context.Credits, returned.Transfer)))
            .WaitsForEver("the expiry of the credit in full tells of what is missing")
            .ThenWaitForFirst(CreditInPart, CreditInFull, CreditBeyond, PartReturned, RestGivenUp);

    // The money is gone from the bank whatever the customer has left: the claim may go below zero, and somebody has to look. The exchange
    // has the dollars again, and owes them.
    private static RuleBuilder<OffRampContext, BankCreditReturned> TakenBack(RuleBuilder<OffRampContext, BankCreditReturned> rule) =>
        rule.Post("off_ramp_returned", books => books
                .Move(
                    debit: (returned, context) => Book.InTransit(Exchange, Dollar), credit: (returned, context) => Book.Bank(Dollar),
                    amount: (returned, context) => BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount))
                .Move(
                    debit: (returned, context) => Book.Customer(context.Owner!.Value, Dollar),
                    credit: (returned, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    amount: (returned, context) => BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount))
                .Move(
                    debit: (returned, context) => Book.Suspense(Dollar), credit: (returned, context) => Book.Bank(Dollar),
                    amount: (returned, context) => FlowMath.Less(
                        returned.Amount, BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount))))
            .Remember(
                context => context.Missing,
                (returned, context) => context.Missing
                    + BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount))
            .Remember(
                context => context.Credits,
                (returned, context) => BankCredits.Less(context.Credits, returned.Transfer, returned.Amount))
            .Alert("off_ramp_returned", (returned, context) => string.Concat(
                "The bank took back dollars of deposit ", context.Deposit, ": ", returned.Reason));

    // Somebody has asked the exchange, and nothing more comes: what was promised is taken back.
    private static Rule<OffRampContext> RestGivenUp() =>
        On<FlowDecided>((decided, context) => decided.Question == "missing_dollars" && decided.Answer == "give_up")
            .Post("off_ramp_given_up", books => books.Move(
                debit: (_, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                credit: (_, context) => Book.InTransit(Exchange, Dollar), amount: (_, context) => context.Missing))
            .WaitsForEver("it is for the case that nothing comes")
            .Ends("given_up");

    private static Rule<OffRampContext> ReturnPeriodOver() => Branch().Ends("settled");

    private static Rule<OffRampContext> SettlementLate() =>
        Branch().Alert("off_ramp_late", (_, context) => string.Concat("Dollars are missing for deposit ", context.Deposit));

    // The coins stay the customer's, at the exchange.
    private static Rule<OffRampContext> SaleRefused() =>
        OnResult<Rejection>()
            .Post("off_ramp_refused", books => books.Move(
                debit: (_, context) => Book.CustomerPending(context.Owner!.Value, context.Asset),
                credit: (_, context) => Book.Customer(context.Owner!.Value, context.Asset),
                amount: (_, context) => context.Amount))
            .Alert("off_ramp_refused", (rejection, context) => string.Concat(
                "The exchange does not sell deposit ", context.Deposit, ": ", rejection.Detail))
            .Ends("refused");
}
