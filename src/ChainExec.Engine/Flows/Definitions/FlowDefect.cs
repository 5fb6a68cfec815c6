using ChainExec.Storage;

namespace ChainExec.Flows.Definitions;

/// <summary>What the analysis can find wrong with a definition.</summary>
internal enum FlowDefectKind
{
    /// <summary>A rule that nothing leads to, or whose condition is never true.</summary>
    UnreachableRule,

    /// <summary>A rule waits for an event that no rule emits and nobody outside makes.</summary>
    EventNobodyEmits,

    /// <summary>Two rules that wait at the same time may both want one event.</summary>
    DoubleConsumption,

    /// <summary>Two rules would open a context for one event.</summary>
    AmbiguousStart,

    /// <summary>A call without a rule for its rejection.</summary>
    ExternalEffectWithoutFailurePath,

    /// <summary>A rule that may wait for ever without saying why.</summary>
    WaitWithoutExpiry,

    /// <summary>A rule leads back to itself without an event from outside.</summary>
    Cycle,

    /// <summary>A rule after which nothing waits, and which does not end the flow.</summary>
    DeadEnd,

    /// <summary>A rule ends the flow and lets rules wait after it.</summary>
    EndsAndWaits,

    /// <summary>A rule may end the flow while the answer to a call is not there.</summary>
    EndsWhileAsked,

    /// <summary>An expression that is no pure function of event and context, as far as its tree shows.</summary>
    OpaqueExpression,

    /// <summary>A rule takes evidence of money and posts nothing.</summary>
    MoneyNotPosted,

    /// <summary>A rule that waits for several events would take evidence of money before it is booked.</summary>
    MoneyInAllOf,

    /// <summary>A call to a provider that is not registered.</summary>
    UnknownProvider,

    /// <summary>A rule stands where its kind cannot: a start as a child, an answer without a call.</summary>
    Misplaced,

    /// <summary>A name that is none, or that two things have.</summary>
    BadName,
}

/// <summary>One thing that is wrong with a definition.</summary>
internal sealed record FlowDefect(FlowDefectKind Kind, string Flow, string Rule, string Detail)
{
    public override string ToString() => $"{EnumText.Of(Kind)}: {Flow}.{Rule}: {Detail}";
}

/// <summary>Definitions that must not run.</summary>
internal sealed class FlowDefectException(IReadOnlyList<FlowDefect> defects) : Exception(string.Join(Environment.NewLine, defects))
{
    public IReadOnlyList<FlowDefect> Defects { get; } = defects;
}
