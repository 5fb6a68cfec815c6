using System.Text.Json;

namespace ChainExec.Facts.Contracts;

/// <summary>What a call means to whoever asked for it, in their own words.</summary>
public sealed record CallLabel(string? Category, IReadOnlyList<string> Tags, JsonElement Context);
