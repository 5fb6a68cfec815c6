using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Payments.Lending;

namespace ChainExec.Payments.InstantDeposit;

/// <summary>What an instant deposit remembers.</summary>
internal sealed record InstantDepositContext(Guid? Owner, string Transfer, TokenAmount Amount) : ILent
{
    /// <summary>What was announced and is not there.</summary>
    public TokenAmount Missing { get; init; } = Amount;

    /// <summary>What is there and was not taken back.</summary>
    public TokenAmount Settled { get; init; }

    /// <summary>What came beyond the announced amount and was not taken back: in suspense.</summary>
    public TokenAmount Excess { get; init; }

    public Advance Advance { get; init; } = Advances.None();

    public TokenAmount TakenBack { get; init; }
}

/// <summary>
/// An ACH transfer to a customer, who is credited at once where their credit line allows it: a loan. What settles pays for it: fee,
/// principal, and the rest is theirs. Without a line, or beyond it, the customer waits for the money. What is refused or taken back is
/// taken from the customer's account, which may be overdrawn, and a person decides what becomes of that.
/// </summary>
internal sealed class InstantDepositFlow : Flow<InstantDepositContext>
{
    private const string Dollar = Lend.Dollar;

    public override string Name => "instant_deposit";

    public override int Version => 1;

    protected override IReadOnlyList<Func<Rule<InstantDepositContext>>> Starts => [Announced];

    // What waits while dollars are missing, and when all are there.
    private static Func<Rule<InstantDepositContext>>[] Missing =>
    [
        SettledInPart, SettledInFull, SettledBeyond, PartReturned, RefusedUnpaid, RefusedOwing, GivenUpUnpaid, GivenUpOwing, DebtPaid,
        DebtWrittenOff,
    ];

    private static Func<Rule<InstantDepositContext>>[] Complete => [SettledReturned, ExcessReturned, SettledTooMuch];

    // Nothing is booked for what the bank only announces, but for the loan.
    private static Rule<InstantDepositContext> Announced() =>
        StartOn<AchInitiated>(
                announced => new InstantDepositContext(announced.Owner, announced.Transfer, announced.Amount),
                when: announced => announced.Owner != null)
            .PayAtOnce(refused: NotAdvanced)
            .Remember(context => context.Advance, (announced, context) => Advances.Against(context.Missing))
            .ThenWaitForFirst(Missing);

    // No line, or one that is used: the customer waits for the money and pays no fee.
    private static Rule<InstantDepositContext> NotAdvanced() => Branch().ThenWaitForFirst(Missing);

    private static Rule<InstantDepositContext> SettledInPart() =>
        Repaid(On<AchSettled>((settled, context) => settled.Amount < context.Missing))
            .WaitsForEver("the expiry of the settlement in full tells of both")
            .ThenWaitForFirst(Missing);

    private static Rule<InstantDepositContext> SettledInFull() =>
        Repaid(On<AchSettled>((settled, context) => settled.Amount == context.Missing))
            .Release(Lend.Exposure)
            .ExpiresAfter(Wait.Business(3, RailCalendar.Ach), SettlementLate)
            .ThenWaitForFirst(Complete);

    private static Rule<InstantDepositContext> SettledBeyond() =>
        Repaid(On<AchSettled>((settled, context) => settled.Amount > context.Missing))
            .Release(Lend.Exposure)
            .Alert("deposit_excess", (settled, context) => string.Concat(
                "More settled than was announced of transfer ", context.Transfer, "; the rest is in suspense."))
            .WaitsForEver("the expiry of the settlement in full tells of both")
            .ThenWaitForFirst(Complete);

    // What was announced pays for the advance first, and what is beyond goes to suspense.
    private static RuleBuilder<InstantDepositContext, AchSettled> Repaid(RuleBuilder<InstantDepositContext, AchSettled> rule) =>
        rule.Post("deposit_settled", books => books
                .Move(
                    debit: (settled, context) => Book.Bank(Dollar), credit: (settled, context) => Book.FeeIncome(Dollar),
                    amount: (settled, context) => Advances.ToFee(context.Advance, FlowMath.Min(settled.Amount, context.Missing)))
                .Move(
                    debit: (settled, context) => Book.Bank(Dollar),
                    credit: (settled, context) => Book.Receivable(context.Owner!.Value, Dollar),
                    amount: (settled, context) => Advances.ToPrincipal(context.Advance, FlowMath.Min(settled.Amount, context.Missing)))
                .Move(
                    debit: (settled, context) => Book.Bank(Dollar),
                    credit: (settled, context) => Book.Customer(context.Owner!.Value, Dollar),
                    amount: (settled, context) => Advances.ToCustomer(context.Advance, FlowMath.Min(settled.Amount, context.Missing)))
                .Move(
                    debit: (settled, context) => Book.Bank(Dollar), credit: (settled, context) => Book.Suspense(Dollar),
                    amount: (settled, context) => FlowMath.Less(settled.Amount, context.Missing)))
            .Remember(
                context => context.TakenBack,
                (settled, context) => FlowMath.Less(
                    context.TakenBack, Advances.ToCustomer(context.Advance, FlowMath.Min(settled.Amount, context.Missing))))
            .Remember(
                context => context.Advance,
                (settled, context) => Advances.After(context.Advance, FlowMath.Min(settled.Amount, context.Missing)))
            .Remember(
                context => context.Settled, (settled, context) => context.Settled + FlowMath.Min(settled.Amount, context.Missing))
            .Remember(
                context => context.Excess, (settled, context) => context.Excess + FlowMath.Less(settled.Amount, context.Missing))
            .Remember(context => context.Missing, (settled, context) => FlowMath.Less(context.Missing, settled.Amount));

    // All is there, and more comes.
    private static Rule<InstantDepositContext> SettledTooMuch() =>
        On<AchSettled>()
            .Post("deposit_excess", books => books.Move(
                debit: (settled, context) => Book.Bank(Dollar), credit: (settled, context) => Book.Suspense(Dollar),
                amount: (settled, context) => settled.Amount))
            .Remember(context => context.Excess, (settled, context) => context.Excess + settled.Amount)
            .Alert("deposit_excess", (settled, context) => string.Concat(
                "More settled of transfer ", context.Transfer, ", which was complete; it is in suspense."))
            .WaitsForEver("it is not expected at all")
            .ThenWaitForFirst(Complete);

    private static Rule<InstantDepositContext> PartReturned() =>
        Returned(On<AchReturned>((returned, context) => returned.Amount <= context.Settled + context.Excess))
            .WaitsForEver("the expiry of the settlement in full tells of what is missing")
            .ThenWaitForFirst(Missing);

    private static Rule<InstantDepositContext> SettledReturned() =>
        Returned(On<AchReturned>((returned, context) => returned.Amount > context.Excess
                && returned.Amount <= context.Settled + context.Excess))
            .ExpiresAfter(Wait.Days(60), ReturnPeriodOver, closes: true)
            .ThenWaitForFirst(Missing);

    // The customer keeps what was announced.
    private static Rule<InstantDepositContext> ExcessReturned() =>
        Returned(On<AchReturned>((returned, context) => returned.Amount <= context.Excess))
            .WaitsForEver("the other return tells when the time for both is over")
            .ThenWaitForFirst(Complete);

    // What nobody expected goes back first. The rest is the customer's, also what had paid for the advance: the money is gone from the bank
    // whatever is left on the account or reserved there. The same transfer may be presented, and settle, again.
    private static RuleBuilder<InstantDepositContext, AchReturned> Returned(RuleBuilder<InstantDepositContext, AchReturned> rule) =>
        rule.PostObserved("deposit_returned", books => books
                .Move(
                    debit: (returned, context) => Book.Suspense(Dollar), credit: (returned, context) => Book.Bank(Dollar),
                    amount: (returned, context) => FlowMath.Min(returned.Amount, context.Excess))
                .Move(
                    debit: (returned, context) => Book.Customer(context.Owner!.Value, Dollar),
                    credit: (returned, context) => Book.Bank(Dollar),
                    amount: (returned, context) => FlowMath.Less(returned.Amount, context.Excess)))
            .Remember(
                context => context.TakenBack,
                (returned, context) => context.TakenBack + FlowMath.Less(returned.Amount, context.Excess))
            .Remember(
                context => context.Missing, (returned, context) => context.Missing + FlowMath.Less(returned.Amount, context.Excess))
            .Remember(
                context => context.Settled,
                (returned, context) => FlowMath.Less(context.Settled, FlowMath.Less(returned.Amount, context.Excess)))
            .Remember(context => context.Excess, (returned, context) => FlowMath.Less(context.Excess, returned.Amount))
            .Alert("deposit_returned", (returned, context) => string.Concat(
                "The bank took back dollars of transfer ", context.Transfer, ": ", returned.Reason));

    // The customer had nothing that does not settle. What settled before may be told later, and be taken back.
    private static Rule<InstantDepositContext> RefusedUnpaid() =>
        On<AchRefused>((refused, context) => context.Advance.Principal + context.TakenBack == TokenAmount.Zero)
            .WaitsForEver("the expiry of the settlement in full tells of what is missing")
            .ThenWaitForFirst(SettledAllTheSame, ReturnedAllTheSame);

    private static Rule<InstantDepositContext> SettledAllTheSame() =>
        Repaid(On<AchSettled>((settled, context) => settled.Amount <= context.Missing))
            .ExpiresAfter(Wait.Days(60), RefusalOver, closes: true)
            .ThenWaitForFirst(SettledAllTheSame, ReturnedAllTheSame);

    private static Rule<InstantDepositContext> ReturnedAllTheSame() =>
        Returned(On<AchReturned>((returned, context) => returned.Amount <= context.Settled + context.Excess))
            .WaitsForEver("the expiry of the settlement ends the wait for both")
            .ThenWaitForFirst(Missing);

    private static Rule<InstantDepositContext> RefusalOver() => Branch().Ends("refused");

    // The customer has it: the loan is called in.
    private static Rule<InstantDepositContext> RefusedOwing() =>
        On<AchRefused>((refused, context) => context.Advance.Principal + context.TakenBack > TokenAmount.Zero)
            .CallIn()
            .Remember(context => context.TakenBack, (refused, context) => context.TakenBack + context.Advance.Principal)
            .Remember(context => context.Advance, (refused, context) => Advances.None())
            .Alert("customer_owes", (refused, context) => string.Concat(
                "The customer, who may be overdrawn, owes what was credited of transfer ", context.Transfer, ", refused with ",
                refused.Reason))
            .WaitsForEver("the expiry of the settlement in full tells of what is missing")
            .ThenWaitForFirst(Missing);

    // The bank says nothing, neither that it settles nor that it does not, and somebody has asked.
    private static Rule<InstantDepositContext> GivenUpUnpaid() =>
        On<FlowDecided>((decided, context) => decided.Question == "missing_dollars" && decided.Answer == "give_up"
                && context.Advance.Principal + context.TakenBack == TokenAmount.Zero)
            .Release(Lend.Exposure)
            .WaitsForEver("it is for the case that nothing comes")
            .Ends("given_up");

    private static Rule<InstantDepositContext> GivenUpOwing() =>
        On<FlowDecided>((decided, context) => decided.Question == "missing_dollars" && decided.Answer == "give_up"
                && context.Advance.Principal + context.TakenBack > TokenAmount.Zero)
            .CallIn()
            .Remember(context => context.TakenBack, (decided, context) => context.TakenBack + context.Advance.Principal)
            .Remember(context => context.Advance, (decided, context) => Advances.None())
            .Alert("customer_owes", (decided, context) => string.Concat(
                "What was given up of transfer ", context.Transfer, " had been credited; the account may be overdrawn."))
            .WaitsForEver("it is for the case that nothing comes")
            .ThenWaitForFirst(Missing);

    private static Rule<InstantDepositContext> DebtPaid() =>
        On<FlowDecided>((decided, context) => decided.Question == Lend.Debt && decided.Answer == "paid"
                && context.TakenBack > TokenAmount.Zero && context.Advance.Principal == TokenAmount.Zero)
            .Release(Lend.Exposure)
            .WaitsForEver("it is for the case that money is taken back or refused")
            .Ends("paid");

    private static Rule<InstantDepositContext> DebtWrittenOff() =>
        On<FlowDecided>((decided, context) => decided.Question == Lend.Debt && decided.Answer == "write_off"
                && context.TakenBack > TokenAmount.Zero && context.Advance.Principal == TokenAmount.Zero)
            .WriteOff()
            .WaitsForEver("it is for the case that money is taken back or refused")
            .Ends("written_off");

    private static Rule<InstantDepositContext> ReturnPeriodOver() => Branch().Ends("settled");

    private static Rule<InstantDepositContext> SettlementLate() =>
        Branch().Alert("deposit_late", (_, context) => string.Concat("Dollars of transfer ", context.Transfer, " have not settled."));
}
