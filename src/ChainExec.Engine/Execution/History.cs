using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Writes one row for each move of each machine: from, event, to, why, on what evidence, by whom.</summary>
internal static class History
{
    public static Task AppendAsync(
        DbSession session, string machine, Guid entity, string? from, string happened, string to, string? reason, object? evidence,
        string actor, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into execution.history (machine, entity_id, from_state, event, to_state, reason, evidence, actor)
            values (@machine, @entity, @from, @event, @to, @reason, @evidence, @actor)
            """;
        session.Sql(sql)
            .With("machine", machine).With("entity", entity).With("from", from).With("event", happened).With("to", to)
            .With("reason", reason).WithJson("evidence", evidence is null ? "{}" : JsonSerializer.Serialize(evidence, FactJson.Options))
            .With("actor", actor)
            .RunLater();
        return Task.CompletedTask;
    }
}
