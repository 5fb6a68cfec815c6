using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Attribution.Processors;

/// <summary>A stored record that has not ended, with the call that caused it by the newest attribution.</summary>
/// <param name="Owner">Whose call it is.</param>
/// <param name="Alert">The incident that it told of.</param>
internal sealed record OpenRecord(
    long Id, string Processor, TransactionKey Key, int LogIndex, string Kind, JsonElement Body, CallContext? Call, Guid? Owner,
    (string Kind, string Subject)? Alert);

/// <summary>Writes records and their phases, set by set. Everything is insert-only, and writing the same again changes nothing.</summary>
internal sealed class RecordStore
{
    public async Task WriteAsync(DbSession session, IReadOnlyList<RecordRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        const string sql = """
            with given as (
                select * from unnest(@processors, @chains, @blocks, @incarnations, @hashes, @log_indexes, @ordinals, @kinds, @bodies,
                                     @intents, @calls, @alert_kinds, @alert_subjects, @alert_overs, @alert_details, @positions, @versions)
                         as g(processor, chain_id, block_hash, incarnation, tx_hash, log_index, ordinal, kind, body, intent_id, call_id,
                              alert_kind, alert_subject, alert_over, alert_detail, position, version)),
            written as (
                insert into attribution.record (processor, chain_id, block_hash, incarnation, tx_hash, log_index, ordinal, kind, body,
                                                intent_id, call_id, alert_kind, alert_subject, alert_over, alert_detail, version)
                select processor, chain_id, block_hash, incarnation, tx_hash, log_index, ordinal, kind, body, intent_id::uuid,
                       call_id::uuid, alert_kind, alert_subject, alert_over, alert_detail, version
                from   given
                on conflict do nothing
                returning id, processor, chain_id, block_hash, incarnation, tx_hash, log_index, ordinal)
            insert into attribution.record_phase (record_id, phase, position)
            select w.id, 'included', g.position
            from   written w
            join   given g using (processor, chain_id, block_hash, incarnation, tx_hash, log_index, ordinal)
            """;
        await ProcessorFeed.WithKeys(session.Sql(sql), rows.Select(row => row.Item.Key))
            .WithArray("processors", [.. rows.Select(row => row.Processor)], NpgsqlDbType.Text)
            .WithArray("log_indexes", [.. rows.Select(row => row.LogIndex)], NpgsqlDbType.Integer)
            .WithArray("ordinals", [.. rows.Select(row => row.Ordinal)], NpgsqlDbType.Integer)
            .WithArray("kinds", [.. rows.Select(row => row.Record.Kind)], NpgsqlDbType.Text)
            .WithArray("bodies", [.. rows.Select(row => row.Json)], NpgsqlDbType.Jsonb)
            .WithArray("intents", [.. rows.Select(row => row.Intent?.ToString())], NpgsqlDbType.Text)
            .WithArray("calls", [.. rows.Select(row => row.Call?.ToString())], NpgsqlDbType.Text)
            .WithArray("alert_kinds", [.. rows.Select(row => row.Record.Alert?.Kind)], NpgsqlDbType.Text)
            .WithArray("alert_subjects", [.. rows.Select(row => row.Record.Alert?.Subject)], NpgsqlDbType.Text)
            .WithArray("alert_overs", [.. rows.Select(row => row.Record.Alert is { Over: true })], NpgsqlDbType.Boolean)
            .WithArray("alert_details", [.. rows.Select(row => row.Record.Alert?.Detail)], NpgsqlDbType.Text)
            .WithArray("versions", [.. rows.Select(row => row.Version)], NpgsqlDbType.Integer)
            .WithArray("positions", [.. rows.Select(row => row.Item.Position)], NpgsqlDbType.Bigint)
            .ExecuteAsync(cancellationToken);
    }

    public async Task WriteUndecodableAsync(DbSession session, IReadOnlyList<UndecodableRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        const string sql = """
            insert into attribution.undecodable_log (chain_id, block_hash, incarnation, tx_hash, log_index, processor, reason)
            select * from unnest(@chains, @blocks, @incarnations, @hashes, @log_indexes, @processors, @reasons)
            on conflict do nothing
            """;
        await ProcessorFeed.WithKeys(session.Sql(sql), rows.Select(row => row.Item.Key))
            .WithArray("log_indexes", [.. rows.Select(row => row.LogIndex)], NpgsqlDbType.Integer)
            .WithArray("processors", [.. rows.Select(row => row.Processor)], NpgsqlDbType.Text)
            .WithArray("reasons", [.. rows.Select(row => row.Reason)], NpgsqlDbType.Text)
            .ExecuteAsync(cancellationToken);
    }

    public async Task WriteChildrenAsync(DbSession session, IReadOnlyList<ChildRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        const string sql = """
            insert into attribution.factory_child (processor, chain_id, block_hash, incarnation, tx_hash, log_index, child, version)
            select * from unnest(@processors, @chains, @blocks, @incarnations, @hashes, @log_indexes, @children, @versions)
            on conflict do nothing
            """;
        await ProcessorFeed.WithKeys(session.Sql(sql), rows.Select(row => row.Item.Key))
            .WithArray("processors", [.. rows.Select(row => row.Processor)], NpgsqlDbType.Text)
            .WithArray("log_indexes", [.. rows.Select(row => row.LogIndex)], NpgsqlDbType.Integer)
            .WithArray("children", [.. rows.Select(row => row.Child)], NpgsqlDbType.Bytea)
            .WithArray("versions", [.. rows.Select(row => row.Version)], NpgsqlDbType.Integer)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Which of these emitters factories of the processors made, in blocks that were not orphaned.</summary>
    public async Task<IReadOnlySet<(string Processor, long Chain, Address Child)>> ChildrenAsync(
        DbSession session, IReadOnlyList<Registered> whom, IEnumerable<Address> emitters, CancellationToken cancellationToken)
    {
        const string sql = """
            select c.processor, c.chain_id, c.child
            from   attribution.factory_child c
            join   attribution.transaction t using (chain_id, block_hash, incarnation, tx_hash)
            join   unnest(@names, @versions) as v(name, version) on c.processor = v.name and c.version = v.version
            where  c.child = any (@emitters) and t.ended is distinct from 'orphaned'
            """;
        return (await ProcessorFacts.WithVersions(session.Sql(sql), whom)
            .WithArray("emitters", [.. emitters.Distinct()], NpgsqlDbType.Bytea)
            .ReadAsync(reader => (reader.Text("processor"), reader.Long("chain_id"), reader.Address("child")), cancellationToken))
            .ToHashSet();
    }

    /// <summary>What processors made of transactions, movements among it, in log order.</summary>
    public async Task<ILookup<TransactionKey, StoredRecord>> OfAsync(
        DbSession session, IEnumerable<string> names, IEnumerable<TransactionKey> keys, CancellationToken cancellationToken)
    {
        const string sql = """
            with keys as (select * from unnest(@chains, @blocks, @incarnations, @hashes) as k(chain_id, block_hash, incarnation, tx_hash))
            select r.chain_id, r.block_hash, r.incarnation, r.tx_hash, r.processor, r.log_index, r.ordinal, r.kind, r.body
            from   keys join attribution.record r using (chain_id, block_hash, incarnation, tx_hash)
            where  r.processor = any (@names)
            and    not exists (select from attribution.record_replaced x where x.record_id = r.id)
            union  all
            select m.chain_id, m.block_hash, m.incarnation, m.tx_hash, m.processor, m.log_index, 0, 'movement',
                   jsonb_build_object('kind', m.kind, 'asset', m.asset_id, 'from', '0x' || encode(m."from", 'hex'),
                                      'to', '0x' || encode(m."to", 'hex'), 'amount', m.amount::text)
            from   keys join attribution.movement m using (chain_id, block_hash, incarnation, tx_hash)
            where  m.processor = any (@names)
            order  by log_index, processor, ordinal
            """;
        return (await ProcessorFeed.WithKeys(session.Sql(sql), keys).WithArray("names", [.. names], NpgsqlDbType.Text).ReadAsync(
            reader => (Key: ProcessorFeed.KeyOf(reader), Record: new StoredRecord(
                reader.Text("processor"), reader.Int("log_index"), reader.Text("kind"), Json(reader, "body"))),
            cancellationToken)).ToLookup(row => row.Key, row => row.Record);
    }

    /// <summary>The records of these transactions that have not ended, in order.</summary>
    /// <param name="isRetried">Whether also of a block at which the processor is parked.</param>
    public Task<IReadOnlyList<OpenRecord>> OpenOnesAsync(
        DbSession session, IReadOnlyList<Registered> whom, IEnumerable<TransactionKey> keys, bool isRetried, int limit,
        CancellationToken cancellationToken)
    {
        const string sql = """
            select r.id, r.processor, r.chain_id, r.block_hash, r.incarnation, r.tx_hash, r.log_index, r.kind, r.body, r.alert_kind,
                   r.alert_subject, c.id as call_id, c.intent_id, c.type, coalesce(s.succeeded, true) as succeeded, c.category, c.tags,
                   c.context, i.owner_id
            from   unnest(@chains, @blocks, @incarnations, @hashes) with ordinality
                   as k(chain_id, block_hash, incarnation, tx_hash, place)
            join   attribution.record r using (chain_id, block_hash, incarnation, tx_hash)
            left   join attribution.v_log l on l.chain_id = r.chain_id and l.block_hash = r.block_hash and l.incarnation = r.incarnation
                   and l.tx_hash = r.tx_hash and l.log_index = r.log_index
            left   join calls.v_call c on c.id = coalesce(l.call_id, r.call_id)
            left   join attribution.v_call_result s on s.transaction_id = l.transaction_id and s.call_id = c.id
            left   join execution.v_intent i on i.intent_id = c.intent_id
            join   unnest(@names, @versions) as v(name, version) on r.processor = v.name and r.version = v.version
            where  not exists (select from attribution.record_phase p
                               where p.record_id = r.id and p.phase in ('confirmed', 'orphaned'))
            and    (@retried or not exists (
                select from attribution.parked_block b
                where  b.processor = r.processor and b.chain_id = r.chain_id and b.block_hash = r.block_hash
                and    b.incarnation = r.incarnation and b.resolved_at is null))
            order  by k.place, r.log_index, r.processor, r.ordinal
            limit  @limit
            """;
        return ProcessorFacts.WithVersions(ProcessorFeed.WithKeys(session.Sql(sql), keys), whom).With("limit", limit)
            .With("retried", isRetried).ReadAsync(
            reader => new OpenRecord(
                reader.Long("id"), reader.Text("processor"), ProcessorFeed.KeyOf(reader), reader.Int("log_index"), reader.Text("kind"),
                Json(reader, "body"), FeedReader.ReadCall(reader), reader.UuidOrNull("owner_id"),
                reader.TextOrNull("alert_kind") is { } kind ? (kind, reader.Text("alert_subject")) : null),
            cancellationToken);
    }

    /// <summary>What versions of a processor before the present one made of these transactions is replaced.</summary>
    /// <returns>The alerts among it.</returns>
    public async Task<IReadOnlyList<(string Kind, string Subject)>> ReplaceAsync(
        DbSession session, Registered processor, IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
            return [];
        const string sql = """
            with replaced as (
                insert into attribution.record_replaced (record_id, position)
                select r.id, k.position
                from   unnest(@chains, @blocks, @incarnations, @hashes, @positions)
                       as k(chain_id, block_hash, incarnation, tx_hash, position)
                join   attribution.record r using (chain_id, block_hash, incarnation, tx_hash)
                where  r.processor = @name and r.version < @version
                on conflict do nothing
                returning record_id)
            select r.alert_kind, r.alert_subject
            from   replaced x join attribution.record r on r.id = x.record_id
            where  r.alert_kind is not null
            """;
        return await ProcessorFeed.WithKeys(session.Sql(sql), items.Select(item => item.Key))
            .WithArray("positions", [.. items.Select(item => item.Position)], NpgsqlDbType.Bigint)
            .With("name", processor.Name).With("version", processor.Version)
            .ReadAsync(reader => (reader.Text("alert_kind"), reader.Text("alert_subject")), cancellationToken);
    }

    /// <summary>Ends records one way.</summary>
    public Task<int> EndAsync(
        DbSession session, IReadOnlyList<(long Id, long Position)> records, FeedPhase phase, CancellationToken cancellationToken) =>
        records.Count == 0
            ? Task.FromResult(0)
            : session.Sql("""
                insert into attribution.record_phase (record_id, phase, position)
                select r.id, @phase, r.position from unnest(@ids, @positions) as r(id, position)
                """)
                .With("phase", phase).WithArray("ids", [.. records.Select(record => record.Id)], NpgsqlDbType.Bigint)
                .WithArray("positions", [.. records.Select(record => record.Position)], NpgsqlDbType.Bigint)
                .ExecuteAsync(cancellationToken);

    private static JsonElement Json(NpgsqlDataReader reader, string column) =>
        JsonSerializer.Deserialize<JsonElement>(reader.Text(column));
}
