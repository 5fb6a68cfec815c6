using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary>
/// What one offline command does with one request: reads its fields and writes the members of the answer. The object around them is
/// written by the caller, who also discards what was written when the tool throws.
/// </summary>
/// <exception cref="OfflineException">The request cannot be answered.</exception>
internal delegate void OfflineTool(JsonElement request, Utf8JsonWriter answer);
