using System.Text;
using ChainExec.Storage;

namespace ChainExec.Engine.Tests.Snapshots;

/// <summary>The page of one state machine: a Mermaid diagram and the table of its moves, both from the table in the code.</summary>
internal static class StateDiagram
{
    public static string Page<TState, TEvent>(string title, string source, TransitionTable<TState, TEvent> table)
        where TState : struct, Enum
        where TEvent : struct, Enum
    {
        var page = new StringBuilder();
        page.Append(
            $"# {title}\n\nWritten by a test from `{source}`; `UPDATE_SNAPSHOTS=1` writes it anew. A move that is not here throws.\n\n");
        page.Append("```mermaid\nstateDiagram-v2\n");
        page.Append($"    [*] --> {EnumText.Of(table.Initial)}\n");
        foreach (IGrouping<(TState From, TState To), (TState From, TEvent Event, TState To)> arrow in table.Rows.GroupBy(
            row => (row.From, row.To)))
        {
            string events = string.Join(" / ", arrow.Select(row => EnumText.Of(row.Event)));
            page.Append($"    {EnumText.Of(arrow.Key.From)} --> {EnumText.Of(arrow.Key.To)}: {events}\n");
        }

        foreach (TState final in table.Final)
            page.Append($"    {EnumText.Of(final)} --> [*]\n");
        page.Append("```\n\n| from | event | to |\n|---|---|---|\n");
        foreach ((TState from, TEvent happened, TState to) in table.Rows)
            page.Append($"| {EnumText.Of(from)} | {EnumText.Of(happened)} | {EnumText.Of(to)} |\n");
        return page.ToString();
    }
}
