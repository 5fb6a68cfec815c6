using System.Linq.Expressions;
using System.Reflection;
using ChainExec.Ledger;

namespace ChainExec.Flows.Definitions;

/// <summary>A rule of a flow over this context.</summary>
internal abstract class Rule<TContext>(RuleKind kind)
    where TContext : class, IFlowContext
{
    internal RuleDraft Draft { get; } = new(kind);
}

/// <summary>
/// Says what a rule does, in the order in which it is done. Everything but <see cref="Call"/> happens in the transaction of the firing.
/// </summary>
/// <typeparam name="TContext">What the flow remembers.</typeparam>
/// <typeparam name="TEvent">What the rule's expressions read beside it.</typeparam>
internal sealed class RuleBuilder<TContext, TEvent>(RuleKind kind) : Rule<TContext>(kind)
    where TContext : class, IFlowContext
    where TEvent : class
{
    /// <summary>Posts one transaction. A leg of nothing is left out, and a posting without legs is not made.</summary>
    /// <param name="kind">Why money moved, as the ledger names it.</param>
    /// <param name="legs">Each leg debits one account and credits another: it is balanced by construction.</param>
    /// <param name="hold">The hold of this context that pays for it.</param>
    public RuleBuilder<TContext, TEvent> Post(string kind, Action<PostingTemplate<TContext, TEvent>> legs, string? hold = null) =>
        Post(kind, legs, hold, PostManner.Expected);

    /// <summary>
    /// Posts what happened in the world whatever the books think of it: no limit and no hold refuses it, an account may be overdrawn.
    /// </summary>
    public RuleBuilder<TContext, TEvent> PostObserved(string kind, Action<PostingTemplate<TContext, TEvent>> legs) =>
        Post(kind, legs, hold: null, PostManner.Observed);

    /// <summary>Posts as much of one leg as the side that gives has available, holds counted; nothing when it has nothing.</summary>
    public RuleBuilder<TContext, TEvent> PostUpTo(
        string kind, Expression<Func<TEvent, TContext, AccountSpec>> debit, Expression<Func<TEvent, TContext, AccountSpec>> credit,
        Expression<Func<TEvent, TContext, TokenAmount>> most) =>
        Post(kind, books => books.Move(debit, credit, most), hold: null, PostManner.UpTo);

    /// <summary>Reserves money. When less is available the rest of the rule is left out and the branch is done instead.</summary>
    public RuleBuilder<TContext, TEvent> Hold(
        string name, Expression<Func<TEvent, TContext, AccountSpec>> account, Expression<Func<TEvent, TContext, TokenAmount>> amount,
        Func<Rule<TContext>> refused) => Does(compiler => new HoldEffect(
            name, compiler.Expression(account), compiler.Expression(amount), compiler.Visit(RuleSource.Of(refused))));

    /// <summary>Gives back what remains of a hold of this context.</summary>
    public RuleBuilder<TContext, TEvent> Release(string name) => Does(_ => new ReleaseEffect(name));

    /// <summary>Sets what the context remembers. Later effects of the rule read it.</summary>
    public RuleBuilder<TContext, TEvent> Remember<TValue>(
        Expression<Func<TContext, TValue>> what, Expression<Func<TEvent, TContext, TValue>> value) =>
        Does(compiler => new RememberEffect(
            what.Body is MemberExpression { Member: PropertyInfo property }
                ? property
                : throw new ArgumentException("Only a property of the context can be remembered.", nameof(what)),
            compiler.Expression(value)));

    /// <summary>Events of another key belong to this context too; those that came before are looked at now.</summary>
    public RuleBuilder<TContext, TEvent> AlsoKnownAs(Expression<Func<TEvent, TContext, string>> key) =>
        Does(compiler => new AliasEffect(compiler.Expression(key)));

    /// <summary>Appends an event to the stream.</summary>
    public RuleBuilder<TContext, TEvent> Emit<TEmitted>(Expression<Func<TEvent, TContext, TEmitted>> emitted)
        where TEmitted : class, IFlowEvent =>
        Does(compiler => new EmitEffect(TEmitted.Type, typeof(TEmitted), compiler.Expression(emitted)));

    /// <summary>Opens a discrepancy for an operator.</summary>
    /// <param name="kind">A stable name.</param>
    /// <param name="detail">A sentence for people.</param>
    public RuleBuilder<TContext, TEvent> Alert(string kind, Expression<Func<TEvent, TContext, string>> detail) =>
        Does(compiler => new AlertEffect(kind, compiler.Expression(detail)));

    /// <summary>
    /// Has a provider do something, after the commit: asked under one key that never changes, until its answer is known. The answer is an
    /// event, for which one of the two rules waits.
    /// </summary>
    public RuleBuilder<TContext, TEvent> Call<TRequest, TResult>(
        ExternalOperation<TRequest, TResult> operation, Expression<Func<TEvent, TContext, TRequest>> request,
        Func<Rule<TContext>> confirmed, Func<Rule<TContext>>? rejected = null)
        where TRequest : class
        where TResult : class =>
        Does(compiler => new ExternalEffect(
            operation.Provider, operation.Name, typeof(TResult), compiler.Expression(request), compiler.Visit(RuleSource.Of(confirmed)),
            rejected is null ? null : compiler.Visit(RuleSource.Of(rejected))));

    /// <summary>The rules that wait when this one has fired, in the order in which they are asked about an event.</summary>
    public RuleBuilder<TContext, TEvent> ThenWaitFor(params Func<Rule<TContext>>[] rules)
    {
        Draft.Children.AddRange(rules.Select(RuleSource.Of));
        return this;
    }

    /// <summary>The rules of which the first that fires retracts the others.</summary>
    public RuleBuilder<TContext, TEvent> ThenWaitForFirst(params Func<Rule<TContext>>[] rules)
    {
        Draft.IsFirstOnly = true;
        return ThenWaitFor(rules);
    }

    /// <summary>Does the branch when the rule has waited so long. The rule still waits afterwards, unless it closes.</summary>
    public RuleBuilder<TContext, TEvent> ExpiresAfter(Wait wait, Func<Rule<TContext>> expired, bool closes = false)
    {
        (Draft.Wait, Draft.Expired, Draft.Closes) = (wait, RuleSource.Of(expired), closes);
        return this;
    }

    /// <summary>The rule may wait for ever, for a reason.</summary>
    public RuleBuilder<TContext, TEvent> WaitsForEver(string because)
    {
        Draft.ForeverBecause = because;
        return this;
    }

    /// <summary>The flow ends here with a named outcome: what still waits is retracted.</summary>
    public RuleBuilder<TContext, TEvent> Ends(string outcome)
    {
        Draft.Outcome = outcome;
        return this;
    }

    private RuleBuilder<TContext, TEvent> Post(
        string kind, Action<PostingTemplate<TContext, TEvent>> legs, string? hold, PostManner manner)
    {
        var template = new PostingTemplate<TContext, TEvent>();
        legs(template);
        return Does(compiler => new PostEffect(
            kind,
            [
                .. template.Legs.Select(leg => new LegModel(
                    compiler.Expression(leg.Debit), compiler.Expression(leg.Credit), compiler.Expression(leg.Amount))),
            ],
            hold, manner));
    }

    private RuleBuilder<TContext, TEvent> Does(Func<FlowCompiler, EffectModel> effect)
    {
        Draft.Effects.Add(effect);
        return this;
    }
}

/// <summary>The legs of a posting.</summary>
internal sealed class PostingTemplate<TContext, TEvent>
{
    internal List<(LambdaExpression Debit, LambdaExpression Credit, LambdaExpression Amount)> Legs { get; } = [];

    /// <summary>One leg: as much as is debited is credited.</summary>
    public PostingTemplate<TContext, TEvent> Move(
        Expression<Func<TEvent, TContext, AccountSpec>> debit, Expression<Func<TEvent, TContext, AccountSpec>> credit,
        Expression<Func<TEvent, TContext, TokenAmount>> amount)
    {
        Legs.Add((debit, credit, amount));
        return this;
    }
}
