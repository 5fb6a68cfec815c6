using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>Writes one row for each move of each machine: from, event, to, why, on what evidence, by whom.</summary>
internal static class History
{
    private static readonly AppendTable Table = new(
        "execution.history",
        [
            ("machine", NpgsqlDbType.Text), ("entity_id", NpgsqlDbType.Uuid), ("from_state", NpgsqlDbType.Text),
            ("event", NpgsqlDbType.Text), ("to_state", NpgsqlDbType.Text), ("reason", NpgsqlDbType.Text),
            ("evidence", NpgsqlDbType.Jsonb), ("actor", NpgsqlDbType.Text),
        ]);

    public static void Append(
        DbSession session, string machine, Guid entity, string? from, string happened, string to, string? reason, object? evidence,
        string actor) =>
        session.Append(
            Table, machine, entity, from, happened, to, reason,
            evidence is null ? "{}" : JsonSerializer.Serialize(evidence, FactJson.Options), actor);
}
