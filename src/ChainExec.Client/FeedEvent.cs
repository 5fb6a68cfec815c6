using System.Text.Json;

namespace ChainExec.Client;

/// <summary>One event. Its id is stable: whoever reads twice knows what it has seen.</summary>
/// <param name="Id"><c>evt_…</c>.</param>
/// <param name="Type">Such as <c>intent.confirmed</c>.</param>
/// <param name="OccurredAt">When it happened.</param>
/// <param name="Data">What happened.</param>
public sealed record FeedEvent(string Id, string Type, DateTimeOffset OccurredAt, JsonElement Data);

/// <summary>A page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Data">The items.</param>
/// <param name="NextCursor">What to ask for the next page with.</param>
/// <param name="HasMore">Whether there is more now.</param>
public sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor, bool HasMore);
