using System.Reflection;

namespace ChainExec.Flows.Definitions;

/// <summary>A flow as data. The fingerprint is of the text, which says all that decides what the flow does.</summary>
internal sealed record FlowModel(
    string Name, int Version, string Fingerprint, string Text, Type Context, IReadOnlyList<RuleModel> Rules)
{
    private readonly Dictionary<string, RuleModel> _byName = Rules.ToDictionary(rule => rule.Name, StringComparer.Ordinal);

    public RuleModel Rule(string name) => _byName.TryGetValue(name, out RuleModel? rule)
        ? rule
        : throw new InvalidOperationException($"{this} has no rule {name}.");

    public override string ToString() => $"{Name} v{Version}";
}

/// <summary>How a rule comes to its turn.</summary>
internal enum RuleKind
{
    /// <summary>An event without a context opens one.</summary>
    Start,

    /// <summary>It waits for events.</summary>
    Waiting,

    /// <summary>It waits for a provider's answer.</summary>
    Result,

    /// <summary>It is done when something expires or is refused.</summary>
    Branch,
}

/// <summary>Whether one of the events is enough.</summary>
internal enum TriggerMode
{
    Any,
    All,
}

/// <summary>One rule as data.</summary>
internal sealed record RuleModel(
    string Name, RuleKind Kind, TriggerMode Mode, IReadOnlyList<TriggerModel> Triggers, Type? Result, FlowExpression? Context,
    IReadOnlyList<EffectModel> Effects, IReadOnlyList<string> Children, bool IsFirstOnly, ExpiryModel? Expiry,
    string? ForeverBecause, string? Outcome)
{
    /// <summary>The rules that can follow: children, answers of calls, branches.</summary>
    public IEnumerable<string> Following =>
    [
        .. Children, .. Effects.SelectMany(effect => effect.Following), .. Expiry is null ? Array.Empty<string>() : [Expiry.Branch],
    ];
}

/// <summary>One event that a rule waits for.</summary>
internal sealed record TriggerModel(string EventType, Type Event, FlowExpression? When);

/// <summary>What happens when a rule has waited long enough.</summary>
internal sealed record ExpiryModel(Wait Wait, string Branch, bool Closes);

/// <summary>One effect of a rule as data. Its text is what a reader and the fingerprint see.</summary>
internal abstract record EffectModel
{
    public abstract string Kind { get; }

    public abstract string Text { get; }

    public virtual IEnumerable<string> Following => [];
}

/// <summary>One leg of a posting.</summary>
internal sealed record LegModel(FlowExpression Debit, FlowExpression Credit, FlowExpression Amount)
{
    public override string ToString() => $"debit {Debit.Text}, credit {Credit.Text}, {Amount.Text}";
}

/// <summary>How a posting of a rule is meant.</summary>
internal enum PostManner
{
    /// <summary>It must fit the books: a limit that it passes, or money that is held, parks the fact.</summary>
    Expected,

    /// <summary>It happened already, whatever the books think of it: no limit refuses it, and an account may be overdrawn.</summary>
    Observed,

    /// <summary>As much of its one leg as the side that gives has available; where there is nothing, it is left out.</summary>
    UpTo,
}

/// <summary>A posting.</summary>
internal sealed record PostEffect(string PostingKind, IReadOnlyList<LegModel> Legs, string? Hold, PostManner Manner) : EffectModel
{
    public override string Kind => "post";

    public override string Text =>
        $"{PostingKind}: {string.Join("; ", Legs)}{(Hold is null ? "" : $" from hold {Hold}")}{MannerText}";

    private string MannerText => Manner switch
    {
        PostManner.Observed => ", whatever the limits say",
        PostManner.UpTo => ", or what of it is there",
        _ => "",
    };
}

/// <summary>A hold.</summary>
internal sealed record HoldEffect(string Name, FlowExpression Account, FlowExpression Amount, string Refused) : EffectModel
{
    public override string Kind => "hold";

    public override string Text => $"{Name}: {Account.Text}, {Amount.Text}; refused: {Refused}";

    public override IEnumerable<string> Following => [Refused];
}

/// <summary>A hold given back.</summary>
internal sealed record ReleaseEffect(string Name) : EffectModel
{
    public override string Kind => "release";

    public override string Text => Name;
}

/// <summary>A property of the context set.</summary>
internal sealed record RememberEffect(PropertyInfo Property, FlowExpression Value) : EffectModel
{
    public override string Kind => "remember";

    public override string Text => $"{Property.Name} = {Value.Text}";
}

/// <summary>Another key of the context.</summary>
internal sealed record AliasEffect(FlowExpression Key) : EffectModel
{
    public override string Kind => "also_known_as";

    public override string Text => Key.Text;
}

/// <summary>An event appended.</summary>
internal sealed record EmitEffect(string EventType, Type Event, FlowExpression Value) : EffectModel
{
    public override string Kind => "emit";

    public override string Text => $"{EventType}: {Value.Text}";
}

/// <summary>A discrepancy opened.</summary>
internal sealed record AlertEffect(string Name, FlowExpression Detail) : EffectModel
{
    public override string Kind => "alert";

    public override string Text => $"{Name}: {Detail.Text}";
}

/// <summary>A provider asked.</summary>
internal sealed record ExternalEffect(
    string Provider, string Operation, Type Result, FlowExpression Request, string Confirmed, string? Rejected) : EffectModel
{
    public override string Kind => "call";

    public override string Text =>
        $"{Provider}.{Operation}: {Request.Text}; confirmed: {Confirmed}; rejected: {Rejected ?? "(nothing)"}";

    public override IEnumerable<string> Following => Rejected is null ? [Confirmed] : [Confirmed, Rejected];
}
