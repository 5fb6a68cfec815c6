using System.Text;
using ChainExec.Flows;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary>A flow as an operator reads it: what waits first, then the tree.</summary>
internal static class FlowText
{
    public static string Of(FlowView view)
    {
        var text = new StringBuilder();
        text.Append($"{view.Id} {view.Flow} v{view.Version} {view.Key}: {view.State}{(view.Outcome is null ? "" : $", {view.Outcome}")}\n");
        text.Append($"remembers {view.Context}\n");
        if (view.NextTimer is { } next)
            text.Append($"next timer {next:u}\n");
        foreach (FlowRuleView rule in view.Rules.Where(rule => rule.State == "waiting"))
        {
            string expiry = rule.ExpiresAt is { } at ? $", {(rule.HasExpired ? "expired" : "expires")} {at:u}" : "";
            text.Append($"waits: {rule.Name} for {string.Join(", ", rule.WaitsFor)}{expiry}\n");
        }

        ILookup<Guid?, FlowNodeView> children = view.Nodes.ToLookup(node => node.Parent);
        foreach (FlowNodeView root in children[null])
            Append(text, root, children, depth: 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, FlowNodeView node, ILookup<Guid?, FlowNodeView> children, int depth)
    {
        string indent = new(' ', 2 * depth);
        string of = node.EventPosition is { } position ? $" by fact {position}" : "";
        text.Append($"{indent}{node.Kind} {node.Name} {node.State}{of} at {node.At:u} {node.Detail} {PublicId.Format("node", node.Id)}\n");
        foreach (FlowAttemptView attempt in node.Attempts)
        {
            string moved = $"{attempt.Event}: {attempt.State} at {attempt.At:u} by {attempt.Actor}";
            text.Append($"{indent}  {attempt.Number}. {moved} {attempt.Detail}\n");
        }

        foreach (FlowNodeView child in children[node.Id])
            Append(text, child, children, depth + 1);
    }
}
