using System.Linq.Expressions;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using ChainExec.Storage;

namespace ChainExec.Flows.Definitions;

/// <summary>
/// Turns a definition into data: walks its rules from the starts, each once, and writes the text that the fingerprint is of.
/// </summary>
internal sealed class FlowCompiler
{
    private const BindingFlags Everything =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    private readonly Flow _flow;
    private readonly Queue<(string Name, RuleSource Source)> _toDo = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<FlowDefect> _defects = [];
    private string _rule = "";

    private FlowCompiler(Flow flow) => _flow = flow;

    /// <summary>The model and what compiling it found; analysis finds the rest.</summary>
    public static (FlowModel Model, IReadOnlyList<FlowDefect> Defects) Compile(Flow flow)
    {
        var compiler = new FlowCompiler(flow);
        FlowModel model = compiler.Run();
        return (model, compiler._defects);
    }

    /// <summary>Used by drafts: the expression, with what is opaque in it noted against the rule.</summary>
    public FlowExpression Expression(LambdaExpression tree)
    {
        FlowExpression expression = FlowExpression.Of(tree, out IReadOnlyList<string> opaque);
        foreach (string reason in opaque)
            Report(FlowDefectKind.OpaqueExpression, $"{reason} in {expression.Text}");
        return expression;
    }

    /// <summary>Used by drafts: the name of a rule that is compiled too.</summary>
    public string Visit(RuleSource source)
    {
        string name = NameOf(source.Method);
        if (name.Length == 0)
        {
            Report(FlowDefectKind.BadName, "a rule is a method of its flow, named as the rule; a lambda has no name");
            return "";
        }

        if (_seen.Add(name))
            _toDo.Enqueue((name, source));
        return name;
    }

    private FlowModel Run()
    {
        foreach (RuleSource source in _flow.StartSources)
            Visit(source);
        var rules = new List<RuleModel>();
        while (_toDo.TryDequeue(out (string Name, RuleSource Source) next))
        {
            _rule = next.Name;
            rules.Add(CompileRule(next.Name, next.Source.Make()));
        }

        ReportUnvisited();
        string text = TextOf(rules);
        string fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return new FlowModel(_flow.Name, _flow.Version, fingerprint, text, _flow.ContextType, rules);
    }

    private RuleModel CompileRule(string name, RuleDraft draft) => new(
        name, draft.Kind, draft.Mode,
        [
            .. draft.Triggers.Select(trigger => new TriggerModel(
                trigger.EventType, trigger.Event, trigger.When is null ? null : Expression(trigger.When))),
        ],
        draft.Result,
        draft.Context is null ? null : Expression(WithContext(draft.Context)),
        [.. draft.Effects.Select(effect => effect(this))],
        [.. draft.Children.Select(Visit)],
        draft is { Wait: { } wait, Expired: { } expired } ? new ExpiryModel(wait, Visit(expired), draft.Closes) : null,
        draft.ForeverBecause, draft.Outcome);

    // What makes the context has none to read; any object stands in for it.
    private static LambdaExpression WithContext(LambdaExpression of) => System.Linq.Expressions.Expression.Lambda(
        of.Body, of.Parameters[0], System.Linq.Expressions.Expression.Parameter(typeof(object), "context"));

    private void ReportUnvisited()
    {
        IEnumerable<MethodInfo> methods = _flow.GetType()
            .GetMethods(Everything)
            .Where(method => !method.IsSpecialName && method.GetParameters().Length == 0
                && typeof(Rule<>).MakeGenericType(_flow.ContextType).IsAssignableFrom(method.ReturnType));
        foreach (MethodInfo method in methods.Where(method => !_seen.Contains(NameOf(method.Name))))
        {
            _rule = NameOf(method.Name);
            Report(FlowDefectKind.UnreachableRule, "no start leads to it");
        }
    }

    private string TextOf(List<RuleModel> rules)
    {
        var text = new StringBuilder();
        text.Append($"flow {_flow.Name} v{_flow.Version}\n");
        text.Append($"context {Shape(_flow.ContextType)}\n");
        foreach (Type type in rules.SelectMany(rule => rule.Triggers).Select(trigger => trigger.Event)
            .Concat(rules.Select(rule => rule.Result).OfType<Type>()).Distinct().OrderBy(type => type.Name, StringComparer.Ordinal))
            text.Append($"event {Shape(type)}\n");
        foreach (RuleModel rule in rules)
            Append(text, rule);
        return text.ToString();
    }

    private static void Append(StringBuilder text, RuleModel rule)
    {
        text.Append($"rule {rule.Name}: {EnumText.Of(rule.Kind)} {EnumText.Of(rule.Mode)}\n");
        foreach (TriggerModel trigger in rule.Triggers)
            text.Append($"  on {trigger.EventType} when {trigger.When?.Text ?? "always"}\n");
        if (rule.Result is not null)
            text.Append($"  on result {rule.Result.Name}\n");
        if (rule.Context is not null)
            text.Append($"  context {rule.Context.Text}\n");
        foreach (EffectModel effect in rule.Effects)
            text.Append($"  {effect.Kind} {effect.Text}\n");
        foreach (string child in rule.Children)
            text.Append($"  then {child}\n");
        if (rule.Expiry is { } expiry)
            text.Append($"  expires after {expiry.Wait}: {expiry.Branch}{(expiry.Closes ? ", closes" : "")}\n");
        if (rule.ForeverBecause is not null)
            text.Append($"  waits for ever: {rule.ForeverBecause}\n");
        if (rule.Outcome is not null)
            text.Append($"  ends {rule.Outcome}\n");
    }

    // Property by property: a definition whose stored contexts could no longer be read is another definition.
    private static string Shape(Type type) =>
        $"{type.Name}({string.Join(", ", type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => $"{property.Name} {property.PropertyType.Name}").Order(StringComparer.Ordinal))})";

    private void Report(FlowDefectKind kind, string detail) =>
        _defects.Add(new FlowDefect(kind, $"{_flow.Name} v{_flow.Version}", _rule, detail));

    // The compiler's names for lambdas hold characters that no method of ours has.
    private static string NameOf(string method)
    {
        if (method.Length == 0 || !method.All(char.IsAsciiLetterOrDigit))
            return "";
        var name = new StringBuilder(method.Length + 8);
        foreach (char letter in method)
        {
            if (char.IsAsciiLetterUpper(letter) && name.Length > 0)
                name.Append('_');
            name.Append(char.ToLowerInvariant(letter));
        }

        return name.ToString();
    }
}
