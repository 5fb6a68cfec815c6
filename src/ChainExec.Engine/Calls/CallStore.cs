using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Calls;

/// <summary>The business calls: written once, at admission.</summary>
internal sealed class CallStore(Database database)
{
    private const string Columns =
        "id, intent_id, ordinal, chain_id, type, request, \"to\", value, data, expected, category, tags, context";

    public Task InsertAsync(DbSession session, BlockchainCall call, CancellationToken cancellationToken)
    {
        const string sql = $"""
            insert into calls.call ({Columns})
            values (@id, @intent, @ordinal, @chain, @type, @request, @to, @value, @data, @expected, @category, @tags, @context)
            """;
        session.Sql(sql)
            .With("id", call.Id).With("intent", call.Intent).With("ordinal", call.Ordinal).With("chain", call.Chain).With("type", call.Type)
            .WithJson("request", call.Request.GetRawText()).With("to", call.To).With("value", call.Value).With("data", call.Data)
            .WithJson("expected", JsonSerializer.Serialize(call.Expected, FactJson.Options)).With("category", call.Category)
            .WithJson("tags", JsonSerializer.Serialize(call.Tags)).WithJson("context", call.Context.GetRawText())
            .RunLater();
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<BlockchainCall>> OfIntentAsync(DbSession session, Guid intent, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from calls.call where intent_id = @intent order by ordinal").With("intent", intent)
            .ReadAsync(Read, cancellationToken);

    public Task<IReadOnlyList<BlockchainCall>> OfIntentAsync(Guid intent, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"select {Columns} from calls.call where intent_id = @intent order by ordinal",
            statement => statement.With("intent", intent), Read, cancellationToken);

    /// <summary>The calls of several intents, in no order between intents.</summary>
    public Task<IReadOnlyList<BlockchainCall>> OfIntentsAsync(IReadOnlyList<Guid> intents, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"select {Columns} from calls.call where intent_id = any (@intents) order by intent_id, ordinal",
            statement => statement.WithArray("intents", intents, NpgsqlTypes.NpgsqlDbType.Uuid), Read, cancellationToken);

    private static BlockchainCall Read(NpgsqlDataReader reader) => new(
        new CallId(reader.Uuid("id")),
        reader.Uuid("intent_id"),
        reader.Int("ordinal"),
        reader.Long("chain_id"),
        reader.Text("type"),
        JsonSerializer.Deserialize<JsonElement>(reader.Text("request")),
        reader.Address("to"),
        reader.Amount("value"),
        reader.Bytes("data"),
        JsonSerializer.Deserialize<IReadOnlyList<ExpectedMovement>>(reader.Text("expected"), FactJson.Options)!,
        reader.TextOrNull("category"),
        JsonSerializer.Deserialize<IReadOnlyList<string>>(reader.Text("tags"))!,
        JsonSerializer.Deserialize<JsonElement>(reader.Text("context")));
}
