using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Calls;

/// <summary>The business calls: written once, at admission.</summary>
internal sealed class CallStore(Database database)
{
    private const string Columns =
        "id, intent_id, ordinal, chain_id, type, request, \"to\", value, data, expected, category, tags, context";

    private const string OfIntents = $"select {Columns} from calls.call where intent_id = any (@intents) order by intent_id, ordinal";

    private static readonly AppendTable Table = new(
        "calls.call",
        [
            ("id", NpgsqlDbType.Uuid), ("intent_id", NpgsqlDbType.Uuid), ("ordinal", NpgsqlDbType.Integer),
            ("chain_id", NpgsqlDbType.Bigint),
            ("type", NpgsqlDbType.Text), ("request", NpgsqlDbType.Jsonb), ("to", NpgsqlDbType.Bytea), ("value", NpgsqlDbType.Numeric),
            ("data", NpgsqlDbType.Bytea), ("expected", NpgsqlDbType.Jsonb), ("category", NpgsqlDbType.Text), ("tags", NpgsqlDbType.Jsonb),
            ("context", NpgsqlDbType.Jsonb),
        ]);

    /// <summary>Written before the commit.</summary>
    public void Insert(DbSession session, BlockchainCall call) => session.Append(
        Table, call.Id, call.Intent, call.Ordinal, call.Chain, call.Type, call.Request.GetRawText(), call.To, call.Value, call.Data,
        JsonSerializer.Serialize(call.Expected, FactJson.Options), call.Category, JsonSerializer.Serialize(call.Tags),
        call.Context.GetRawText());

    public Task<IReadOnlyList<BlockchainCall>> OfIntentAsync(DbSession session, Guid intent, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from calls.call where intent_id = @intent order by ordinal").With("intent", intent)
            .ReadAsync(Read, cancellationToken);

    /// <summary>The calls of several intents, in no order between intents.</summary>
    public Task<IReadOnlyList<BlockchainCall>> OfIntentsAsync(
        DbSession session, IReadOnlyList<Guid> intents, CancellationToken cancellationToken) =>
        session.Sql(OfIntents)
            .WithArray("intents", intents, NpgsqlDbType.Uuid).ReadAsync(Read, cancellationToken);

    public Task<IReadOnlyList<BlockchainCall>> OfIntentAsync(Guid intent, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"select {Columns} from calls.call where intent_id = @intent order by ordinal",
            statement => statement.With("intent", intent), Read, cancellationToken);

    /// <summary>The calls of several intents, in no order between intents.</summary>
    public Task<IReadOnlyList<BlockchainCall>> OfIntentsAsync(IReadOnlyList<Guid> intents, CancellationToken cancellationToken) =>
        database.ReadAsync(
            OfIntents,
            statement => statement.WithArray("intents", intents, NpgsqlDbType.Uuid), Read, cancellationToken);

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
