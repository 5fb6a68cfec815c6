using System.Linq.Expressions;

namespace ChainExec.Flows.Definitions;

/// <summary>A rule as its method wrote it, before it is compiled.</summary>
internal sealed class RuleDraft(RuleKind kind)
{
    public RuleKind Kind { get; } = kind;

    public TriggerMode Mode { get; set; } = TriggerMode.Any;

    public List<TriggerDraft> Triggers { get; } = [];

    /// <summary>For a start: the context of an event.</summary>
    public LambdaExpression? Context { get; set; }

    /// <summary>For a rule of a provider's answer: what it reads.</summary>
    public Type? Result { get; set; }

    public List<Func<FlowCompiler, EffectModel>> Effects { get; } = [];

    public List<RuleSource> Children { get; } = [];

    public Wait? Wait { get; set; }

    public RuleSource? Expired { get; set; }

    public bool Closes { get; set; }

    public string? ForeverBecause { get; set; }

    public string? Outcome { get; set; }
}

/// <summary>One event of a rule, before it is compiled.</summary>
internal sealed record TriggerDraft(string EventType, Type Event, LambdaExpression? When);

/// <summary>A rule's method: its name is the rule's name.</summary>
internal sealed record RuleSource(string Method, Func<RuleDraft> Make)
{
    public static RuleSource Of<TContext>(Func<Rule<TContext>> rule)
        where TContext : class, IFlowContext => new(rule.Method.Name, () => rule().Draft);
}
