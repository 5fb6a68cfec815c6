using System.Linq.Expressions;

namespace ChainExec.Flows.Definitions;

/// <summary>A definition of a flow of funds, whatever its context is.</summary>
internal abstract class Flow
{
    /// <summary>Lower-case letters, digits and underscores; the same for all its versions.</summary>
    public abstract string Name { get; }

    /// <summary>Counts up: contexts keep the version they started with, so a version that lives is never changed.</summary>
    public abstract int Version { get; }

    internal abstract Type ContextType { get; }

    internal abstract IReadOnlyList<RuleSource> StartSources { get; }
}

/// <summary>
/// A flow reads like the flow: rules are methods, each says what it waits for, what it does, and which rules wait afterwards. Predicates,
/// amounts and accounts are expression trees over the event and the context and nothing else, so that the whole is data.
/// </summary>
internal abstract class Flow<TContext> : Flow
    where TContext : class, IFlowContext
{
    internal sealed override Type ContextType => typeof(TContext);

    internal sealed override IReadOnlyList<RuleSource> StartSources => [.. Starts.Select(RuleSource.Of)];

    /// <summary>The rules that open a context.</summary>
    protected abstract IReadOnlyList<Func<Rule<TContext>>> Starts { get; }

    /// <summary>A rule that opens a context for an event whose key has none.</summary>
    protected static RuleBuilder<TContext, TEvent> StartOn<TEvent>(
        Expression<Func<TEvent, TContext>> context, Expression<Func<TEvent, bool>>? when = null)
        where TEvent : class, IFlowEvent
    {
        var rule = new RuleBuilder<TContext, TEvent>(RuleKind.Start);
        rule.Draft.Context = context;
        rule.Draft.Triggers.Add(new TriggerDraft(TEvent.Type, typeof(TEvent), when is null ? null : WithContext(when)));
        return rule;
    }

    /// <summary>A rule that waits for an event of the context's key.</summary>
    protected static RuleBuilder<TContext, TEvent> On<TEvent>(Expression<Func<TEvent, TContext, bool>>? when = null)
        where TEvent : class, IFlowEvent
    {
        var rule = new RuleBuilder<TContext, TEvent>(RuleKind.Waiting);
        rule.Draft.Triggers.Add(new TriggerDraft(TEvent.Type, typeof(TEvent), when));
        return rule;
    }

    /// <summary>A rule that waits for the first of several events.</summary>
    protected static RuleBuilder<TContext, Occasion> OnAny(params Trigger<TContext>[] triggers) => OnSeveral(TriggerMode.Any, triggers);

    /// <summary>A rule that fires when all of several events have come, in whatever order.</summary>
    protected static RuleBuilder<TContext, Occasion> OnAll(params Trigger<TContext>[] triggers) => OnSeveral(TriggerMode.All, triggers);

    /// <summary>One of the events of <see cref="OnAny"/> and <see cref="OnAll"/>.</summary>
    protected static Trigger<TContext> Event<TEvent>(Expression<Func<TEvent, TContext, bool>>? when = null)
        where TEvent : class, IFlowEvent => new(new TriggerDraft(TEvent.Type, typeof(TEvent), when));

    /// <summary>A rule for what a provider answered to a call; named by the call.</summary>
    protected static RuleBuilder<TContext, TResult> OnResult<TResult>()
        where TResult : class
    {
        var rule = new RuleBuilder<TContext, TResult>(RuleKind.Result);
        rule.Draft.Result = typeof(TResult);
        return rule;
    }

    /// <summary>What is done when a wait expires or a hold is refused.</summary>
    protected static RuleBuilder<TContext, Occasion> Branch() => new(RuleKind.Branch);

    private static RuleBuilder<TContext, Occasion> OnSeveral(TriggerMode mode, Trigger<TContext>[] triggers)
    {
        var rule = new RuleBuilder<TContext, Occasion>(RuleKind.Waiting);
        rule.Draft.Mode = mode;
        rule.Draft.Triggers.AddRange(triggers.Select(trigger => trigger.Draft));
        return rule;
    }

    // What decides about opening a context has none to read; any object stands in for it.
    private static LambdaExpression WithContext(LambdaExpression of) =>
        Expression.Lambda(of.Body, of.Parameters[0], Expression.Parameter(typeof(object), "context"));
}

/// <summary>One event that a rule waits for.</summary>
internal sealed class Trigger<TContext>(TriggerDraft draft)
    where TContext : class, IFlowContext
{
    internal TriggerDraft Draft { get; } = draft;
}
