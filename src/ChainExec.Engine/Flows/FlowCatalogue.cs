using ChainExec.Flows.Definitions;

namespace ChainExec.Flows;

/// <summary>All definitions of this build, compiled and analysed once. Making it throws when one of them must not run.</summary>
internal sealed class FlowCatalogue
{
    private readonly Dictionary<(string Flow, int Version), FlowModel> _models;
    private readonly Dictionary<string, Type> _events;
    private readonly Dictionary<string, IReadOnlyList<(FlowModel Model, RuleModel Rule)>> _starts;

    /// <exception cref="FlowDefectException">What is wrong, all of it.</exception>
    public FlowCatalogue(
        IEnumerable<Flow> flows, IEnumerable<IFlowProvider> providers, IEnumerable<IInboundAdapter>? adapters = null)
    {
        (FlowModel Model, IReadOnlyList<FlowDefect> Defects)[] compiled = [.. flows.Select(FlowCompiler.Compile)];
        Models = [.. compiled.Select(each => each.Model)];
        HashSet<string> names = [.. providers.Select(provider => provider.Name)];
        List<FlowDefect> defects = [.. compiled.SelectMany(each => each.Defects)];
        defects.AddRange(Models.GroupBy(model => (model.Name, model.Version)).Where(same => same.Count() > 1).Select(same =>
            new FlowDefect(FlowDefectKind.BadName, $"{same.First()}", "", "two definitions have this name and version")));
        if (defects.Count == 0)
            defects.AddRange(FlowAnalysis.Check(Models, names));
        if (defects.Count > 0)
            throw new FlowDefectException(defects);
        _models = Models.ToDictionary(model => (model.Name, model.Version));
        _events = Models.SelectMany(model => model.Rules).SelectMany(rule => rule.Triggers)
            .Select(trigger => (trigger.EventType, trigger.Event))
            .Concat((adapters ?? []).SelectMany(adapter => adapter.Tells)
                .Where(told => typeof(IMoneyEvidence).IsAssignableFrom(told.Event)).Select(told => (told.Type, told.Event)))
            .GroupBy(each => each.Item1, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => same.First().Item2, StringComparer.Ordinal);
        _starts = Models.GroupBy(model => model.Name, StringComparer.Ordinal).Select(versions => versions.MaxBy(model => model.Version)!)
            .SelectMany(model => model.Rules.Where(rule => rule.Kind == RuleKind.Start).Select(rule => (Model: model, Rule: rule)))
            .GroupBy(start => start.Rule.Triggers[0].EventType, StringComparer.Ordinal)
            .ToDictionary(
                same => same.Key, same => (IReadOnlyList<(FlowModel, RuleModel)>)[.. same], StringComparer.Ordinal);
    }

    public IReadOnlyList<FlowModel> Models { get; }

    /// <summary>The fact types that some rule waits for, and those that are evidence of money though no rule does.</summary>
    public IEnumerable<string> EventTypes => _events.Keys;

    /// <summary>What the definitions read a confirmation of the operation as.</summary>
    public IReadOnlyList<Type> ResultsOf(string provider, string operation) =>
    [
        .. Models.SelectMany(model => model.Rules).SelectMany(rule => rule.Effects).OfType<ExternalEffect>()
            .Where(call => call.Provider == provider && call.Operation == operation).Select(call => call.Result).Distinct(),
    ];

    public bool IsEvent(string type) => _events.ContainsKey(type);

    public Type EventOf(string type) => _events[type];

    /// <summary>The rules that may open a context for such an event: of the newest version of each flow.</summary>
    public IReadOnlyList<(FlowModel Model, RuleModel Rule)> StartsOn(string type) => _starts.GetValueOrDefault(type, []);

    /// <exception cref="InvalidOperationException">This build has no such version, or another one under its name.</exception>
    public FlowModel Get(string flow, int version, string fingerprint) =>
        _models.TryGetValue((flow, version), out FlowModel? model) && model.Fingerprint == fingerprint
            ? model
            : throw new InvalidOperationException($"{flow} v{version} of fingerprint {fingerprint} is not in this build.");
}
