using System.Text;

namespace ChainExec.Flows.Definitions;

/// <summary>A definition as a page for people: a Mermaid diagram of its rules and a table of what each does.</summary>
internal static class FlowPage
{
    public static string Of(FlowModel model)
    {
        var page = new StringBuilder();
        page.Append($"# Flow {model.Name}, version {model.Version}\n\n");
        page.Append("Written by a test from the definition; `UPDATE_SNAPSHOTS=1` writes it anew. ");
        page.Append($"Fingerprint `{model.Fingerprint[..16]}`.\n\n```mermaid\nflowchart TD\n");
        foreach (RuleModel rule in model.Rules)
            page.Append($"    {rule.Name}{Shape(rule)}\n");
        foreach (RuleModel rule in model.Rules)
            AppendArrows(page, rule);
        page.Append("```\n\n| rule | waits for | does | then |\n|---|---|---|---|\n");
        foreach (RuleModel rule in model.Rules)
            page.Append($"| {rule.Name} | {Cell(Waits(rule))} | {Cell(rule.Effects.Select(Does))} | {Cell(Then(rule))} |\n");
        return page.ToString();
    }

    private static string Shape(RuleModel rule) => rule.Kind switch
    {
        RuleKind.Start => $"([{rule.Name}])",
        RuleKind.Branch => $"{{{{{rule.Name}}}}}",
        _ => $"[{rule.Name}]",
    };

    private static void AppendArrows(StringBuilder page, RuleModel rule)
    {
        foreach (string child in rule.Children)
            page.Append($"    {rule.Name} --> {child}\n");
        foreach (EffectModel effect in rule.Effects)
        {
            if (effect is ExternalEffect call)
            {
                page.Append($"    {rule.Name} -->|{call.Provider} confirmed| {call.Confirmed}\n");
                if (call.Rejected is { } rejected)
                    page.Append($"    {rule.Name} -->|{call.Provider} rejected| {rejected}\n");
            }
            else if (effect is HoldEffect hold)
            {
                page.Append($"    {rule.Name} -.->|{hold.Name} refused| {hold.Refused}\n");
            }
        }

        if (rule.Expiry is { } expiry)
            page.Append($"    {rule.Name} -.->|after {expiry.Wait}| {expiry.Branch}\n");
        if (rule.Outcome is { } outcome)
            page.Append($"    {rule.Name} --> {rule.Name}_end(({outcome}))\n");
    }

    private static IEnumerable<string> Waits(RuleModel rule)
    {
        foreach (TriggerModel trigger in rule.Triggers)
            yield return $"`{trigger.EventType}`{(trigger.When is null ? "" : $" when `{trigger.When.Text}`")}";
        if (rule is { Mode: TriggerMode.All })
            yield return "all of them";
        if (rule.Result is { } result)
            yield return $"the answer `{result.Name}`";
        if (rule.ForeverBecause is { } because)
            yield return $"for ever: {because}";
    }

    private static string Does(EffectModel effect) => $"**{effect.Kind}** `{effect.Text}`";

    private static IEnumerable<string> Then(RuleModel rule)
    {
        foreach (string child in rule.Children)
            yield return $"waits: {child}";
        if (rule.Expiry is { } expiry)
            yield return $"after {expiry.Wait}: {expiry.Branch}{(expiry.Closes ? ", and waits no more" : ", and still waits")}";
        if (rule.Outcome is { } outcome)
            yield return $"ends **{outcome}**";
    }

    private static string Cell(IEnumerable<string> lines) =>
        string.Join("<br>", lines.Select(line => line.Replace("|", "\\|", StringComparison.Ordinal)));
}
