using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Payments.Lending;

namespace ChainExec.Payments.OffRamp;

/// <summary>What the exchange is asked to sell.</summary>
/// <param name="Reference">Comes back in the addenda of its bank transfer.</param>
internal sealed record SellOrder(string Reference, string Asset, TokenAmount Amount);

/// <summary>What it sold it for.</summary>
/// <param name="Order">The exchange's id.</param>
/// <param name="Proceeds">Cents, after the exchange's fee: what it sends to our bank.</param>
internal sealed record SaleDone(string Order, TokenAmount Proceeds) : IProviderResult
{
    string? IProviderResult.Flaw => Proceeds.IsZero ? "Nothing is sold for nothing." : null;
}

/// <summary>What an off-ramp remembers.</summary>
internal sealed record OffRampState(Guid? Owner, string Deposit, string Asset, TokenAmount Amount) : ILent
{
    /// <summary>Dollars that the exchange says it sends; zero before it sold.</summary>
    public TokenAmount Expected { get; init; }

    /// <summary>What of them is not there: in transit.</summary>
    public TokenAmount Missing { get; init; }

    /// <summary>What came.</summary>
    public IReadOnlyList<BankCredit> Credits { get; init; } = [];

    public Advance Advance { get; init; } = Advances.None();

    public TokenAmount TakenBack { get; init; }
}

/// <summary>
/// A customer's coins become dollars: the exchange receives them, sells them, and sends dollars to our bank days later, at once or in
/// parts. A customer with a credit line is lent them at once, and what comes pays for that: fee, principal, and the rest is theirs. Until
/// they are sold the coins are pending, and until they are there the dollars are in transit; what comes is booked as it came.
/// </summary>
internal sealed class OffRampFlow : Flow<OffRampState>
{
    public const string Exchange = "exchange";
    public const string Dollar = Lend.Dollar;

    private static readonly ExternalOperation<SellOrder, SaleDone> Sell = new(Exchange, "sell");

    public override string Name => "off_ramp";

    public override int Version => 3;

    protected override IReadOnlyList<Func<Rule<OffRampState>>> Starts => [CoinsArrived];

    // What waits while dollars are missing, and when all are there.
    private static Func<Rule<OffRampState>>[] Missing => [CreditInPart, CreditInFull, CreditBeyond, PartReturned, RestGivenUp, DebtDue];

    private static Func<Rule<OffRampState>>[] Complete => [CreditReturned, ExcessReturned, CreditTooMany];

    // Pending: nobody spends coins on a chain that are at the exchange to be sold.
    private static Rule<OffRampState> CoinsArrived() =>
        StartOn<ExchangeDeposited>(
                deposit => new OffRampState(deposit.Owner, deposit.Deposit, deposit.Asset, deposit.Amount),
                when: deposit => deposit.Owner != null)
            .Post("off_ramp_deposit", books => books.Move(
                debit: (deposit, context) => Book.Custodian(Exchange, deposit.Asset),
                credit: (deposit, context) => Book.CustomerPending(deposit.Owner!.Value, deposit.Asset),
                amount: (deposit, context) => deposit.Amount))
            .Call(
                Sell, (deposit, context) => new SellOrder(deposit.Deposit, deposit.Asset, deposit.Amount),
                confirmed: Sold, rejected: SaleRefused);

    private static Rule<OffRampState> Sold() =>
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
            .PayAtOnce(refused: NotAdvanced)
            .Remember(context => context.Advance, (sale, context) => Advances.Against(context.Missing))
            .ThenWaitForFirst(Missing);

    // No line, or one that is used: the customer waits for the money and pays no fee.
    private static Rule<OffRampState> NotAdvanced() => Branch().ThenWaitForFirst(Missing);

    // The rest stays in transit, and the customer's claim on it pending.
    private static Rule<OffRampState> CreditInPart() =>
        Repaid(
                On<BankCredited>((credit, context) => credit.Amount < context.Missing && BankCredits.HasRoom(context.Credits)),
                "off_ramp_part")
            .WaitsForEver("the expiry of the credit in full tells of both")
            .ThenWaitForFirst(Missing);

    private static Rule<OffRampState> CreditInFull() =>
        Repaid(
                On<BankCredited>((credit, context) => credit.Amount == context.Missing && BankCredits.HasRoom(context.Credits)),
                "off_ramp_settled")
            .Release(Lend.Exposure)
            .Emit((credit, context) => new OffRampSettled(context.Deposit, credit.Transfer, context.Expected))
            .ExpiresAfter(Wait.Business(3, RailCalendar.Ach), SettlementLate)
            .ThenWaitForFirst(Complete);

    // What is more than was sold is nobody's yet.
    private static Rule<OffRampState> CreditBeyond() =>
        Repaid(
                On<BankCredited>((credit, context) => credit.Amount > context.Missing && BankCredits.HasRoom(context.Credits)),
                "off_ramp_settled")
            .Release(Lend.Exposure)
            .Emit((credit, context) => new OffRampSettled(context.Deposit, credit.Transfer, context.Expected))
            .Alert("off_ramp_excess", (credit, context) => string.Concat(
                "More came than the exchange said it sends, for deposit ", context.Deposit, "; the rest is in suspense."))
            .WaitsForEver("the expiry of the credit in full tells of both")
            .ThenWaitForFirst(Complete);

    // What was expected pays for the advance first, and what is beyond goes to suspense.
    private static RuleBuilder<OffRampState, BankCredited> Repaid(RuleBuilder<OffRampState, BankCredited> rule, string kind) =>
        rule.Post(kind, books => books
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.InTransit(Exchange, Dollar),
                    amount: (credit, context) => FlowMath.Min(credit.Amount, context.Missing))
                .Move(
                    debit: (credit, context) => Book.Bank(Dollar), credit: (credit, context) => Book.Suspense(Dollar),
                    amount: (credit, context) => FlowMath.Less(credit.Amount, context.Missing))
                .Move(
                    debit: (credit, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    credit: (credit, context) => Book.FeeIncome(Dollar),
                    amount: (credit, context) => Advances.ToFee(context.Advance, FlowMath.Min(credit.Amount, context.Missing)))
                .Move(
                    debit: (credit, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    credit: (credit, context) => Book.Receivable(context.Owner!.Value, Dollar),
                    amount: (credit, context) => Advances.ToPrincipal(context.Advance, FlowMath.Min(credit.Amount, context.Missing)))
                .Move(
                    debit: (credit, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
                    credit: (credit, context) => Book.Customer(context.Owner!.Value, Dollar),
                    amount: (credit, context) => Advances.ToCustomer(context.Advance, FlowMath.Min(credit.Amount, context.Missing))))
            .Remember(
                context => context.Credits,
                (credit, context) => BankCredits.With(
                    context.Credits, credit.Transfer, FlowMath.Min(credit.Amount, context.Missing),
                    FlowMath.Less(credit.Amount, context.Missing)))
            .Remember(
                context => context.TakenBack,
                (credit, context) => FlowMath.Less(
                    context.TakenBack, Advances.ToCustomer(context.Advance, FlowMath.Min(credit.Amount, context.Missing))))
            .Remember(
                context => context.Advance,
                (credit, context) => Advances.After(context.Advance, FlowMath.Min(credit.Amount, context.Missing)))
            .Remember(context => context.Missing, (credit, context) => FlowMath.Less(context.Missing, credit.Amount));

    // All is there, and more comes.
    private static Rule<OffRampState> CreditTooMany() =>
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
            .ThenWaitForFirst(Complete);

    private static Rule<OffRampState> CreditReturned() =>
        Returned(On<BankCreditReturned>((returned, context) => BankCredits.Knows(context.Credits, returned.Transfer)
                && BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount) > TokenAmount.Zero))
            .ExpiresAfter(Wait.Days(60), ReturnPeriodOver, closes: true)
            .ThenWaitForFirst(Missing);

    // The customer keeps what was sold.
    private static Rule<OffRampState> ExcessReturned() =>
        Returned(On<BankCreditReturned>((returned, context) => BankCredits.Knows(context.Credits, returned.Transfer)
                && BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount) == TokenAmount.Zero))
            .WaitsForEver("the other return tells when the time for both is over")
            .ThenWaitForFirst(Complete);

    private static Rule<OffRampState> PartReturned() =>
        Returned(On<BankCreditReturned>((returned, context) => BankCredits.Knows(context.Credits, returned.Transfer)))
            .WaitsForEver("the expiry of the credit in full tells of what is missing")
            .ThenWaitForFirst(Missing);

    // The money is gone from the bank whatever the customer has left or has reserved: the account may be overdrawn, also by what had paid
    // for an advance, and somebody has to look. The exchange has the dollars again, and owes them.
    private static RuleBuilder<OffRampState, BankCreditReturned> Returned(RuleBuilder<OffRampState, BankCreditReturned> rule) =>
        rule.PostObserved("off_ramp_returned", books => books
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
                context => context.TakenBack,
                (returned, context) => context.TakenBack
                    + BankCredits.OfCustomer(context.Credits, returned.Transfer, returned.Amount))
            .Remember(
                context => context.Credits,
                (returned, context) => BankCredits.Less(context.Credits, returned.Transfer, returned.Amount))
            .Alert("off_ramp_returned", (returned, context) => string.Concat(
                "The bank took back dollars of deposit ", context.Deposit, ": ", returned.Reason));

    // Somebody has asked the exchange, and nothing more comes: what was promised is taken back. The customer had nothing of it.
    private static Rule<OffRampState> RestGivenUp() =>
        GivenUp(On<FlowDecided>((decided, context) => decided.Question == "missing_dollars" && decided.Answer == "give_up"
                && context.Advance.Principal + context.TakenBack == TokenAmount.Zero))
            .WaitsForEver("it is for the case that nothing comes")
            .Ends("given_up");

    // The customer had some of it, by an advance or before it was taken back, and owes that now.
    private static Rule<OffRampState> DebtDue() =>
        GivenUp(On<FlowDecided>((decided, context) => decided.Question == "missing_dollars" && decided.Answer == "give_up"
                && context.Advance.Principal + context.TakenBack > TokenAmount.Zero))
            .CallIn()
            .Remember(context => context.TakenBack, (_, context) => context.TakenBack + context.Advance.Principal)
            .Remember(context => context.Advance, (_, context) => Advances.None())
            .Alert("customer_owes", (_, context) => string.Concat(
                "What was given up of deposit ", context.Deposit, " had been credited; the account may be overdrawn."))
            .WaitsForEver("it is for the case that nothing comes")
            .ThenWaitForFirst(DebtPaid, DebtWrittenOff);

    private static RuleBuilder<OffRampState, FlowDecided> GivenUp(RuleBuilder<OffRampState, FlowDecided> rule) =>
        rule.Post("off_ramp_given_up", books => books.Move(
            debit: (_, context) => Book.CustomerPending(context.Owner!.Value, Dollar),
            credit: (_, context) => Book.InTransit(Exchange, Dollar), amount: (_, context) => context.Missing))
            .Remember(context => context.Missing, (_, context) => TokenAmount.Zero);

    private static Rule<OffRampState> DebtPaid() =>
        On<FlowDecided>((decided, context) => decided.Question == Lend.Debt && decided.Answer == "paid")
            .Release(Lend.Exposure)
            .WaitsForEver("the alert of the debt stays open")
            .Ends("given_up");

    private static Rule<OffRampState> DebtWrittenOff() =>
        On<FlowDecided>((decided, context) => decided.Question == Lend.Debt && decided.Answer == "write_off")
            .WriteOff()
            .WaitsForEver("the alert of the debt stays open")
            .Ends("written_off");

    private static Rule<OffRampState> ReturnPeriodOver() => Branch().Ends("settled");

    private static Rule<OffRampState> SettlementLate() =>
        Branch().Alert("off_ramp_late", (_, context) => string.Concat("Dollars are missing for deposit ", context.Deposit));

    // The coins stay the customer's, at the exchange.
    private static Rule<OffRampState> SaleRefused() =>
        OnResult<Rejection>()
            .Post("off_ramp_refused", books => books.Move(
                debit: (_, context) => Book.CustomerPending(context.Owner!.Value, context.Asset),
                credit: (_, context) => Book.Customer(context.Owner!.Value, context.Asset),
                amount: (_, context) => context.Amount))
            .Alert("off_ramp_refused", (rejection, context) => string.Concat(
                "The exchange does not sell deposit ", context.Deposit, ": ", rejection.Detail))
            .Ends("refused");
}
