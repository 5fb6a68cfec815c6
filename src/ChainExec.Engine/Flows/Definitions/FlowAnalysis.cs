using System.Linq.Expressions;

namespace ChainExec.Flows.Definitions;

/// <summary>
/// Looks for what is wrong with definitions before they run. It claims only what the trees show: two conditions count as disjoint when a
/// comparison in one excludes a comparison in the other.
/// </summary>
internal sealed class FlowAnalysis
{
    private readonly IReadOnlyList<FlowModel> _models;
    private readonly IReadOnlySet<string> _providers;
    private readonly List<FlowDefect> _defects = [];

    private FlowAnalysis(IReadOnlyList<FlowModel> models, IReadOnlySet<string> providers) => (_models, _providers) = (models, providers);

    /// <param name="models">All versions of all flows that will run together.</param>
    /// <param name="providers">The names of the registered providers.</param>
    public static IReadOnlyList<FlowDefect> Check(IReadOnlyList<FlowModel> models, IReadOnlySet<string> providers)
    {
        var analysis = new FlowAnalysis(models, providers);
        foreach (FlowModel model in models)
            analysis.Check(model);
        analysis.CheckStarts();
        return analysis._defects;
    }

    private void Check(FlowModel model)
    {
        foreach (RuleModel rule in model.Rules)
        {
            CheckTriggers(model, rule);
            CheckEffects(model, rule);
            CheckEnd(model, rule);
            CheckPlaces(model, rule);
        }

        if (!HasCycle(model))
            CheckConsumption(model);
    }

    private void CheckTriggers(FlowModel model, RuleModel rule)
    {
        foreach (TriggerModel trigger in rule.Triggers)
        {
            bool comes = trigger.Event.IsDefined(typeof(ComesFromAttribute), inherit: false)
                || _models.SelectMany(other => other.Rules).SelectMany(other => other.Effects).OfType<EmitEffect>()
                    .Any(emit => emit.EventType == trigger.EventType);
            if (!comes)
                Report(FlowDefectKind.EventNobodyEmits, model, rule, $"{trigger.EventType} comes from nowhere");
            if (trigger.When?.Tree.Body is ConstantExpression { Value: false })
                Report(FlowDefectKind.UnreachableRule, model, rule, $"its condition on {trigger.EventType} is never true");
            bool money = typeof(IMoneyEvidence).IsAssignableFrom(trigger.Event);
            if (money && rule.Mode == TriggerMode.All)
                Report(FlowDefectKind.MoneyInAllOf, model, rule, $"{trigger.EventType} is money and would be taken before it is booked");
            else if (money && !rule.Effects.OfType<PostEffect>().Any())
                Report(FlowDefectKind.MoneyNotPosted, model, rule, $"it takes {trigger.EventType} and posts nothing");
        }

        if (rule is { Kind: RuleKind.Waiting, Expiry: null, ForeverBecause: null })
            Report(FlowDefectKind.WaitWithoutExpiry, model, rule, "it neither expires nor says why it may wait for ever");
    }

    private void CheckEffects(FlowModel model, RuleModel rule)
    {
        foreach (ExternalEffect call in rule.Effects.OfType<ExternalEffect>())
        {
            if (call.Rejected is null)
                Report(FlowDefectKind.ExternalEffectWithoutFailurePath, model, rule, $"nothing waits for a rejection of {call.Operation}");
            if (!_providers.Contains(call.Provider))
                Report(FlowDefectKind.UnknownProvider, model, rule, $"there is no provider {call.Provider}");
            CheckAnswer(model, rule, call.Confirmed, call.Result);
            if (call.Rejected is { } rejected)
                CheckAnswer(model, rule, rejected, typeof(Rejection));
        }
    }

    private void CheckAnswer(FlowModel model, RuleModel rule, string answer, Type reads)
    {
        if (answer.Length > 0 && model.Rule(answer) is var follows && (follows.Kind != RuleKind.Result || follows.Result != reads))
            Report(FlowDefectKind.Misplaced, model, rule, $"{answer} must be a rule for the answer {reads.Name}");
    }

    private void CheckEnd(FlowModel model, RuleModel rule)
    {
        bool waits = rule.Children.Count > 0 || rule.Effects.OfType<ExternalEffect>().Any();
        if (rule.Outcome is not null && waits)
            Report(FlowDefectKind.EndsAndWaits, model, rule, $"it ends as {rule.Outcome} and lets rules wait");
        // A branch may leave the rule waiting that expired; every other rule was consumed.
        bool leavesWaiting = rule.Kind == RuleKind.Branch && model.Rules.All(other => other.Expiry is not { Closes: true } expiry
            || expiry.Branch != rule.Name) && model.Rules.SelectMany(other => other.Effects).OfType<HoldEffect>()
            .All(hold => hold.Refused != rule.Name);
        if (rule.Outcome is null && !waits && !leavesWaiting && !HasWaitingSibling(model, rule))
            Report(FlowDefectKind.DeadEnd, model, rule, "nothing waits after it and it does not end the flow");
    }

    // Another rule that was spawned together with this one, or with an ancestor of it, may still wait and end the flow.
    private static bool HasWaitingSibling(FlowModel model, RuleModel rule) =>
        model.Rules.Any(parent => !parent.IsFirstOnly && parent.Children is { Count: > 1 } together
            && together.Any(child => Reaches(model, child, rule.Name)) && !together.All(child => Reaches(model, child, rule.Name)));

    private void CheckPlaces(FlowModel model, RuleModel rule)
    {
        foreach (string child in rule.Children.Where(child => child.Length > 0 && model.Rule(child).Kind != RuleKind.Waiting))
            Report(FlowDefectKind.Misplaced, model, rule, $"{child} cannot wait as a child: it waits for no event");
        IEnumerable<string> branches = rule.Effects.OfType<HoldEffect>().Select(hold => hold.Refused)
            .Concat(rule.Expiry is null ? [] : [rule.Expiry.Branch]);
        foreach (string branch in branches.Where(branch => branch.Length > 0 && model.Rule(branch).Kind != RuleKind.Branch))
            Report(FlowDefectKind.Misplaced, model, rule, $"{branch} is no branch");
        if (rule.Triggers.Count == 0 && rule.Kind is RuleKind.Waiting or RuleKind.Start)
            Report(FlowDefectKind.UnreachableRule, model, rule, "it waits for no event");
    }

    private bool HasCycle(FlowModel model)
    {
        foreach (RuleModel rule in model.Rules)
        {
            if (!Unasked(rule).Any(next => next.Length > 0 && Reaches(model, next, rule.Name, Unasked)))
                continue;
            Report(FlowDefectKind.Cycle, model, rule, "it leads back to itself without an event from outside");
            return true;
        }

        return false;
    }

    // Where a rule leads by itself: one that waits for the world goes on once for each event, however often it waits again.
    private static IEnumerable<string> Unasked(RuleModel rule) => rule.Kind == RuleKind.Waiting && rule.Triggers.Count > 0
        && rule.Triggers.All(trigger => trigger.Event.IsDefined(typeof(ComesFromAttribute), inherit: false))
        ? rule.Expiry is null ? [] : [rule.Expiry.Branch]
        : rule.Following;

    private static bool Reaches(FlowModel model, string from, string to) => Reaches(model, from, to, rule => rule.Following);

    private static bool Reaches(FlowModel model, string from, string to, Func<RuleModel, IEnumerable<string>> following)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal) { from };
        var open = new Queue<string>(reached);
        while (open.TryDequeue(out string? name))
        {
            if (name == to)
                return true;
            foreach (string next in name.Length == 0 ? [] : following(model.Rule(name)))
            {
                if (reached.Add(next))
                    open.Enqueue(next);
            }
        }

        return false;
    }

    // Rules that can wait at one time: spawned together, or one spawned together with an ancestor of the other; and a rule that expired
    // without closing waits beside what its branch leads to.
    private void CheckConsumption(FlowModel model)
    {
        foreach (RuleModel parent in model.Rules)
        {
            string[] together = [.. Spawned(parent)];
            foreach ((string one, string two) in together.SelectMany((one, place) => together.Skip(place + 1).Select(two => (one, two))))
            {
                // Of two rules of which only one fires, what follows the one never waits beside the other.
                if (parent.IsFirstOnly && parent.Children.Contains(one) && parent.Children.Contains(two))
                    CheckPair(FlowDefectKind.DoubleConsumption, model, model.Rule(one), model.Rule(two));
                else if (!AreAnswersOfOneCall(parent, one, two))
                {
                    CheckTrees(model, one, two);
                    CheckEndWhileAsked(model, parent, one, two);
                    CheckEndWhileAsked(model, parent, two, one);
                }
            }

            if (parent is { Expiry: { Closes: false } expiry, Kind: RuleKind.Waiting })
                CheckTrees(model, parent.Name, expiry.Branch);
        }
    }

    // Money that moves outside after the end moves without anybody who waits for it.
    private void CheckEndWhileAsked(FlowModel model, RuleModel parent, string asks, string ends)
    {
        bool isAsked = parent.Effects.OfType<ExternalEffect>().Any(call => call.Following.Contains(asks))
            || model.Rules.Any(rule => rule.Effects.OfType<ExternalEffect>().Any() && Reaches(model, asks, rule.Name));
        if (isAsked && model.Rules.FirstOrDefault(rule => rule.Outcome is not null && Reaches(model, ends, rule.Name)) is { } end)
            Report(FlowDefectKind.EndsWhileAsked, model, parent, $"{end.Name} may end it while an answer is awaited");
    }

    private static bool AreAnswersOfOneCall(RuleModel parent, string one, string two) =>
        parent.Effects.OfType<ExternalEffect>().Any(call => call.Confirmed == one && call.Rejected == two);

    private static IEnumerable<string> Spawned(RuleModel rule) =>
        rule.Children.Concat(rule.Effects.OfType<ExternalEffect>().SelectMany(call => call.Following)).Where(name => name.Length > 0);

    private void CheckTrees(FlowModel model, string one, string two)
    {
        foreach (RuleModel left in model.Rules.Where(rule => Reaches(model, one, rule.Name)))
        {
            foreach (RuleModel right in model.Rules.Where(rule => Reaches(model, two, rule.Name) && rule.Name != left.Name))
                CheckPair(FlowDefectKind.DoubleConsumption, model, left, right);
        }
    }

    private void CheckPair(FlowDefectKind kind, FlowModel model, RuleModel left, RuleModel right)
    {
        foreach (TriggerModel one in left.Triggers)
        {
            foreach (TriggerModel two in right.Triggers.Where(two => two.EventType == one.EventType))
            {
                if (!Disjoint.Are(one.When, two.When))
                    Report(kind, model, left, $"{right.Name} may want the same {one.EventType}");
            }
        }
    }

    // Only the newest version of a flow opens contexts.
    private void CheckStarts()
    {
        (FlowModel Model, RuleModel Rule)[] starts =
        [
            .. _models.GroupBy(model => model.Name, StringComparer.Ordinal).Select(versions => versions.MaxBy(model => model.Version)!)
                .SelectMany(model => model.Rules.Where(rule => rule.Kind == RuleKind.Start).Select(rule => (model, rule))),
        ];
        for (int one = 0; one < starts.Length; one++)
        {
            for (int two = one + 1; two < starts.Length; two++)
                CheckPair(FlowDefectKind.AmbiguousStart, starts[one].Model, starts[one].Rule, starts[two].Rule);
        }
    }

    private void Report(FlowDefectKind kind, FlowModel model, RuleModel rule, string detail)
    {
        var defect = new FlowDefect(kind, model.ToString(), rule.Name, detail);
        if (!_defects.Contains(defect))
            _defects.Add(defect);
    }
}
