using ChainExec.Facts;
using ChainExec.Ledger;

namespace ChainExec.Flows.Definitions;

/// <summary>
/// Something that happened and that a flow may wait for. It travels on the fact stream under its correlation key. Implement the members
/// explicitly: what they say follows from the payload and is not part of it.
/// </summary>
internal interface IFlowEvent : IFactPayload
{
    /// <summary>1 to 200 characters, unique for ever: the same id again is the same event and does nothing.</summary>
    string EventId { get; }

    /// <summary>1 to 200 characters: finds the flow context that the event belongs to.</summary>
    string CorrelationKey { get; }
}

/// <summary>
/// An event that proves that money moved on an account of the house. If no live rule takes it, it is booked there against suspense and
/// opens a discrepancy; a rule that takes it later finds that posting undone.
/// </summary>
internal interface IMoneyEvidence : IFlowEvent
{
    /// <summary>The account on which the money was seen.</summary>
    AccountSpec Account { get; }

    /// <summary>Debit when an account of ours grew, credit when it shrank.</summary>
    EntrySide Side { get; }

    /// <summary>Above zero.</summary>
    TokenAmount Amount { get; }
}

/// <summary>Says who outside of all flows makes the event, so that the analysis does not look for a rule that emits it.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ComesFromAttribute(string source) : Attribute
{
    /// <summary>Who, in a word or two.</summary>
    public string Source { get; } = source;
}

/// <summary>What a flow remembers between its rules: a record of plain values, stored as JSON.</summary>
internal interface IFlowContext
{
    /// <summary>Whose flow it is; nobody's when the house's own.</summary>
    Guid? Owner { get; }
}

/// <summary>
/// Marks a static class of pure functions that expressions of flows may call: the same arguments, the same answer, for ever.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class FlowFunctionsAttribute : Attribute;
