using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;

namespace ChainExec.Payments.Lending;

/// <summary>
/// What flows that lend have in common. The customer's limit is what their credit line has available: what is lent is held there until it
/// is paid back, so that the books refuse what would exceed it, also of two at once.
/// </summary>
internal static class Lend
{
    public const string Dollar = "usd";

    /// <summary>The hold on the credit line.</summary>
    public const string Exposure = "exposure";

    /// <summary>What people are asked about money that a customer owes.</summary>
    public const string Debt = "debt";

    /// <summary>Credits the customer at once with what is on its way, less the fee; or does the branch, when the line has less.</summary>
    public static RuleBuilder<TContext, TEvent> PayAtOnce<TContext, TEvent>(
        this RuleBuilder<TContext, TEvent> rule, Func<Rule<TContext>> refused)
        where TContext : class, ILent
        where TEvent : class => rule
        .Hold(
            Exposure, (_, context) => Book.CreditLine(context.Owner!.Value, Dollar),
            (_, context) => Advances.Against(context.Missing).Principal, refused)
        .Post("advance_paid", books => books.Move(
            debit: (_, context) => Book.Receivable(context.Owner!.Value, Dollar),
            credit: (_, context) => Book.Customer(context.Owner!.Value, Dollar),
            amount: (_, context) => Advances.Against(context.Missing).Principal));

    /// <summary>The money that should have paid for the advance does not come: the customer's account pays, and may be overdrawn.</summary>
    public static RuleBuilder<TContext, TEvent> CallIn<TContext, TEvent>(this RuleBuilder<TContext, TEvent> rule)
        where TContext : class, ILent
        where TEvent : class => rule
        .PostObserved("advance_called_in", books => books.Move(
            debit: (_, context) => Book.Customer(context.Owner!.Value, Dollar),
            credit: (_, context) => Book.Receivable(context.Owner!.Value, Dollar),
            amount: (_, context) => context.Advance.Principal));

    /// <summary>
    /// A person gives up what the customer owes. What is on the account by now pays first, the rest is a loss, and the line shrinks by
    /// the debt: whoever did not pay is not lent as much again before somebody sets the line anew.
    /// </summary>
    public static RuleBuilder<TContext, FlowDecided> WriteOff<TContext>(this RuleBuilder<TContext, FlowDecided> rule)
        where TContext : class, ILent => rule
        .Post("debt_claimed", books => books.Move(
            debit: (_, context) => Book.Overdrawn(context.Owner!.Value, Dollar),
            credit: (_, context) => Book.Customer(context.Owner!.Value, Dollar), amount: (_, context) => context.TakenBack))
        .PostUpTo(
            "debt_paid", debit: (_, context) => Book.Customer(context.Owner!.Value, Dollar),
            credit: (_, context) => Book.Overdrawn(context.Owner!.Value, Dollar), most: (_, context) => context.TakenBack)
        .PostUpTo(
            "debt_written_off", debit: (_, context) => Book.CreditLoss(Dollar),
            credit: (_, context) => Book.Overdrawn(context.Owner!.Value, Dollar), most: (_, context) => context.TakenBack)
        .Release(Exposure)
        .PostUpTo(
            "credit_line_cut", debit: (_, context) => Book.CreditLine(context.Owner!.Value, Dollar),
            credit: (_, context) => Book.LendingCapital(Dollar), most: (_, context) => context.TakenBack);
}
