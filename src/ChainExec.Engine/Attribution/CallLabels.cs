using System.Text.Json;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Attribution;

/// <summary>Reads what a call means from the columns <c>category</c>, <c>tags</c> and <c>context</c>.</summary>
internal static class CallLabels
{
    public static CallLabel Read(NpgsqlDataReader reader) => new(
        reader.TextOrNull("category"), JsonSerializer.Deserialize<IReadOnlyList<string>>(reader.Text("tags"))!,
        JsonSerializer.Deserialize<JsonElement>(reader.Text("context")));
}
