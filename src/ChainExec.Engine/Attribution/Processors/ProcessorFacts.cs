using System.Text.Json;
using System.Text.RegularExpressions;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Attribution.Processors;

/// <summary>A fact that a processor tells of a record that became final.</summary>
internal sealed record TellingFact(Registered Processor, TransactionKey Key, int LogIndex, PendingFact Fact);

/// <summary>A fact that an earlier version of a processor told of a transaction.</summary>
internal sealed record ToldFact(
    long Id, string Processor, TransactionKey Key, int LogIndex, string Type, JsonElement Payload, Guid? Owner);

/// <summary>
/// The facts of processors at finality. Each is remembered, so that a version which is run over history again tells only what differs from
/// what was told, and withdraws what it does not say any more.
/// </summary>
internal sealed class ProcessorFacts
{
    private const int FactMax = 60_000;
    private const int FactsPerRecordMax = 64;
    private static readonly Regex FactType = new(@"^[a-z_]{1,64}\.[a-z_]{1,64}$", RegexOptions.CultureInvariant);

    private static readonly HashSet<string> EngineFamilies =
    [
        "storage", "facts", "governance", "calls", "ledger", "custody", "execution", "indexing", "attribution", "admission", "flows",
        "payments", "reconciliation", "delivery", "operations",
    ];

    /// <summary>Whether a type is <c>family.thing</c> with a family that is none of the engine's.</summary>
    public static bool IsTypeOfProcessors(string? type) =>
        type is not null && FactType.IsMatch(type) && !EngineFamilies.Contains(type[..type.IndexOf('.', StringComparison.Ordinal)]);

    /// <summary>The facts of one record.</summary>
    /// <exception cref="InvalidOperationException">One of them is none that can be told: a mistake of the processor.</exception>
    public static List<TellingFact> Of(Registered processor, OpenRecord record, ChainTransaction transaction)
    {
        var told = new List<TellingFact>();
        string key = ChainTransaction.KeyOf(transaction.Chain, transaction.From);
        foreach (ProcessorFact? fact in processor.Processor.OnConfirmed(
            new ConfirmedRecord(transaction, record.LogIndex, record.Kind, record.Body, record.Call)))
        {
            if (told.Count == FactsPerRecordMax)
                throw new InvalidOperationException($"A record has more than {FactsPerRecordMax} facts.");
            // The families of the engine's own facts are acted on: no processor may speak in their name.
            if (fact is null || !IsTypeOfProcessors(fact.Type))
                throw new InvalidOperationException($"'{fact?.Type}' is no type of a fact of a processor: family.thing_happened.");
            told.Add(new TellingFact(
                processor, record.Key, record.LogIndex,
                new PendingFact(fact.Type, key, record.Owner, ProcessorText.Json(fact.Payload, FactMax))));
        }

        return told;
    }

    /// <summary>What versions of processors before the present ones told of transactions, and no later version has spoken about.</summary>
    public Task<IReadOnlyList<ToldFact>> BeforeAsync(
        DbSession session, IReadOnlyList<Registered> processors, IEnumerable<TransactionKey> keys, CancellationToken cancellationToken)
    {
        const string sql = """
            select f.id, f.processor, f.chain_id, f.block_hash, f.incarnation, f.tx_hash, f.log_index, f.type, f.payload, f.owner_id
            from   unnest(@chains, @blocks, @incarnations, @hashes) as k(chain_id, block_hash, incarnation, tx_hash)
            join   attribution.told_fact f using (chain_id, tx_hash, block_hash, incarnation)
            join   unnest(@names, @versions) as v(name, version) on f.processor = v.name and f.version < v.version
            where  f.ended_by is null
            order  by f.id
            """;
        return WithVersions(ProcessorFeed.WithKeys(session.Sql(sql), keys), processors).ReadAsync(
            reader => new ToldFact(
                reader.Long("id"), reader.Text("processor"), ProcessorFeed.KeyOf(reader), reader.Int("log_index"), reader.Text("type"),
                JsonSerializer.Deserialize<JsonElement>(reader.Text("payload")), reader.UuidOrNull("owner_id")),
            cancellationToken);
    }

    /// <summary>Remembers what is told.</summary>
    public async Task RememberAsync(DbSession session, IReadOnlyList<TellingFact> told, CancellationToken cancellationToken)
    {
        if (told.Count == 0)
            return;
        const string sql = """
            insert into attribution.told_fact (processor, version, chain_id, block_hash, incarnation, tx_hash, log_index, type, payload,
                                               owner_id)
            select f.processor, f.version, f.chain_id, f.block_hash, f.incarnation, f.tx_hash, f.log_index, f.type, f.payload,
                   f.owner::uuid
            from   unnest(@processors, @versions, @chains, @blocks, @incarnations, @hashes, @log_indexes, @types, @payloads, @owners)
                   as f(processor, version, chain_id, block_hash, incarnation, tx_hash, log_index, type, payload, owner)
            """;
        await ProcessorFeed.WithKeys(session.Sql(sql), told.Select(one => one.Key))
            .WithArray("processors", [.. told.Select(one => one.Processor.Name)], NpgsqlDbType.Text)
            .WithArray("versions", [.. told.Select(one => one.Processor.Version)], NpgsqlDbType.Integer)
            .WithArray("log_indexes", [.. told.Select(one => one.LogIndex)], NpgsqlDbType.Integer)
            .WithArray("types", [.. told.Select(one => one.Fact.Type)], NpgsqlDbType.Text)
            .WithArray("payloads", [.. told.Select(one => one.Fact.Json)], NpgsqlDbType.Jsonb)
            .WithArray("owners", [.. told.Select(one => one.Fact.Owner?.ToString())], NpgsqlDbType.Text)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>A later version has spoken about what was told: it says the same, or it does not.</summary>
    public Task<int> EndAsync(
        DbSession session, IReadOnlyList<(long Id, int By, bool Withdrawn)> told, CancellationToken cancellationToken) =>
        told.Count == 0
            ? Task.FromResult(0)
            : session.Sql("""
                update attribution.told_fact f set ended_by = e.version, withdrawn = e.withdrawn
                from   unnest(@ids, @versions, @withdrawn) as e(id, version, withdrawn)
                where  f.id = e.id and f.ended_by is null
                """)
                .WithArray("ids", [.. told.Select(one => one.Id)], NpgsqlDbType.Bigint)
                .WithArray("versions", [.. told.Select(one => one.By)], NpgsqlDbType.Integer)
                .WithArray("withdrawn", [.. told.Select(one => one.Withdrawn)], NpgsqlDbType.Boolean)
                .ExecuteAsync(cancellationToken);

    /// <summary>Binds processors as arrays of their names and versions.</summary>
    public static Statement WithVersions(Statement statement, IReadOnlyList<Registered> processors) => statement
        .WithArray("names", [.. processors.Select(one => one.Name)], NpgsqlDbType.Text)
        .WithArray("versions", [.. processors.Select(one => one.Version)], NpgsqlDbType.Integer);
}
