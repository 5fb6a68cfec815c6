using Npgsql;

namespace ChainExec.TestKit;

/// <summary>
/// A long history in a short time: copies of everything that completed intents left behind, made by the database itself. Each table of the
/// modules gets the rows that so many more payments would have left, under ids, hashes and nonces of their own. Balances are not copied.
/// </summary>
public static class OldIntents
{
    // Ids of copies begin with a zero byte: they are older than any id that a clock gives, and in order, as those are.
    private const string Functions = """
        create or replace function pg_temp.i(id uuid, n int) returns uuid language sql immutable
          as $$ select ('00' || lpad(to_hex(n), 6, '0') || substr(id::text, 9))::uuid $$;
        create or replace function pg_temp.h(hash bytea, n int) returns bytea language sql immutable
          as $$ select sha256(hash || int4send(n)) $$;
        create temp table model as
          select i.id, i.root_id, i.family_key, i.hold_id, s.id as slot, s.nonce, m.carrier_id as carrier, s.tx_hash, s.account as sender,
                 row_number() over (partition by s.account order by s.nonce) as place, dense_rank() over (order by s.account) as number
          from   execution.intent i
          join   execution.carrier_member m on m.intent_id = i.id
          join   execution.nonce_slot s on s.carrier_id = m.carrier_id
          where  i.state = 'confirmed' and s.state = 'finalized' and s.signer_told and s.next_step_at is null
          and    i.id > '01000000-0000-0000-0000-000000000000';
        delete from model where place > 1;
        alter table model add prepared uuid[], add executed uuid[], add booked uuid[];
        update model m set
          prepared = array(select p.id from execution.prepared_call p where p.slot_id = m.slot),
          executed = array(select e.id from execution.execution e where e.tx_hash = m.tx_hash),
          booked = array(select x.id from ledger.transaction x where x.idempotency_key like '%' || encode(m.tx_hash, 'hex') || '%');
        """;

    // Each row of a table that belongs to a model, once for each n, with these columns replaced.
    private static readonly (string Table, string Rows, (string Column, string Value)[] Replaced)[] Copies =
    [
        ("ledger.hold", "t.id = m.hold_id", [Id("id"), ("bound_to", "'old:' || pg_temp.i(t.id, n)")]),
        ("ledger.hold_history", "t.hold_id = m.hold_id", [Id("hold_id"), Id("transaction_id")]),
        ("ledger.transaction", "t.id = any (m.booked)", [Id("id"), ("idempotency_key", "t.idempotency_key || ':' || n")]),
        ("ledger.entry", "t.transaction_id = any (m.booked)",
            [("version", "1000000000 + m.number * 1000000 + n"), Id("transaction_id")]),
        ("execution.intent", "t.id = m.id",
            [Id("id"), Id("root_id"), ("family_key", "'old.' || pg_temp.i(t.id, n)"), ("client_reference", "null"), Id("hold_id")]),
        ("calls.call", "t.intent_id = m.id", [Id("id"), Id("intent_id")]),
        ("admission.request", "t.intent_id = m.id", [("key", "'old.' || pg_temp.i(t.intent_id, n)"), Id("intent_id")]),
        ("execution.carrier", "t.id = m.carrier", [Id("id"), ("family_key", "'old.' || pg_temp.i(m.id, n)")]),
        ("execution.carrier_member", "t.carrier_id = m.carrier", [Id("carrier_id"), Id("intent_id")]),
        ("execution.nonce_slot", "t.id = m.slot", [Id("id"), Id("carrier_id"), ("nonce", "n"), Hash]),
        ("execution.prepared_call", "t.slot_id = m.slot", [Id("id"), Id("carrier_id"), Id("slot_id")]),
        ("execution.execution", "t.prepared_call_id = any (m.prepared)", [Id("id"), Id("prepared_call_id"), Hash]),
        ("execution.node", "t.execution_id = any (m.executed)", [Id("id"), Id("execution_id")]),
        ("indexing.transaction", "t.tx_hash = m.tx_hash", [Hash, ("nonce", "n")]),
        ("indexing.log", "t.tx_hash = m.tx_hash", [Hash, ("log_index", "m.number * 1000000 + n")]),
    ];

    private static (string Column, string Value) Hash => ("tx_hash", "pg_temp.h(t.tx_hash, n)");

    /// <summary>
    /// Copies what the first confirmed intent of each sender left, <paramref name="each"/> times, to the nonces from 0 on; the senders
    /// must not have used these, and the signer must have been told how the copied one ended. Ends with fresh statistics, as autovacuum
    /// would have given.
    /// </summary>
    public static async Task CopyAsync(PostgresDatabase database, int each, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        // As a restored dump: the rows are consistent, and checking each again would take most of the time.
        await RunAsync(connection, "set session_replication_role = replica; set synchronous_commit = off", cancellationToken);
        await RunAsync(connection, Functions, cancellationToken);
        // Those who began with nonce 0 have no room for older ones.
        await RunAsync(connection, $"delete from model where nonce < {each}", cancellationToken);
        await RunAsync(
            connection, "do $$ begin if not exists (select from model) then raise 'nobody has an intent to copy'; end if; end $$",
            cancellationToken);
        foreach ((string table, string rows, (string Column, string Value)[] replaced) in Copies)
        {
            var values = replaced.ToDictionary(pair => pair.Column, pair => pair.Value);
            string[] columns = await ColumnsAsync(connection, table, cancellationToken);
            await RunAsync(
                connection,
                $"""
                insert into {table} ({string.Join(", ", columns.Select(Quoted))})
                select {string.Join(", ", columns.Select(column => values.GetValueOrDefault(column, $"t.{Quoted(column)}")))}
                from   model m join {table} t on {rows} cross join generate_series(0, {each} - 1) as n
                """,
                cancellationToken);
        }

        await RunAsync(
            connection,
            $"""
            insert into execution.history (machine, entity_id, from_state, event, to_state, reason, evidence, actor, at)
            select t.machine, pg_temp.i(t.entity_id, n), t.from_state, t.event, t.to_state, t.reason, t.evidence, t.actor, t.at
            from   model m join execution.history t on t.entity_id in (m.id, m.slot) cross join generate_series(0, {each} - 1) as n;
            insert into attribution.movement (chain_id, block_hash, incarnation, tx_hash, log_index, kind, asset_id, "from", "to", amount,
                                              processor, intent_id, call_id, attribution, reason)
            select t.chain_id, t.block_hash, t.incarnation, pg_temp.h(t.tx_hash, n), t.log_index, t.kind, t.asset_id, t."from",
                   t."to", t.amount, t.processor, pg_temp.i(t.intent_id, n), pg_temp.i(t.call_id, n), t.attribution, t.reason
            from   model m join attribution.movement t on t.tx_hash = m.tx_hash cross join generate_series(0, {each} - 1) as n;
            insert into attribution.movement_phase (movement_id, phase, position, at)
            select v.id, p.phase, p.position, p.at
            from   attribution.movement v cross join (values ('included', 1, now()), ('confirmed', 2, now())) as p (phase, position, at)
            where  not exists (select from attribution.movement_phase q where q.movement_id = v.id);
            create temp table told as
              select t.*, row_number() over (order by t.position) as place, count(*) over () as of,
                     (select position from facts.head) as head
              from   facts.stream t
              where  exists (select from model m where t.payload::text like '%' || m.id::text || '%'
                             or t.payload::text like '%' || encode(m.tx_hash, 'hex') || '%')
              or     t.type = 'ledger.transaction_posted' and t.payload->>'transaction' in (select unnest(booked)::text from model);
            insert into facts.stream (position, pending_id, type, key, shard_hash, owner_id, payload, occurred_at, sequenced_at)
            select t.head + n * t.of + t.place, -(n * t.of + t.place), t.type, t.key || ':' || n, t.shard_hash, t.owner_id,
                   case when t.type = 'ledger.transaction_posted'
                        then jsonb_set(t.payload, array['transaction'], to_jsonb(pg_temp.i((t.payload->>'transaction')::uuid, n)))
                        else t.payload end,
                   t.occurred_at, t.sequenced_at
            from   told t cross join generate_series(0, {each} - 1) as n;
            insert into facts.handled (consumer, position)
            select h.consumer, t.head + n * t.of + t.place
            from   told t join facts.handled h on h.position = t.position cross join generate_series(0, {each} - 1) as n;
            update facts.head set position = (select max(position) from facts.stream);
            update facts.cursor set position = (select position from facts.head);
            update attribution.processor set position = (select position from facts.head), next_log = 0;
            """,
            cancellationToken);
        foreach (string step in (string[])["ledger.seal_next", "ledger.roll_up"])
            await RunAsync(connection, $"do $$ begin while {step}(20000) > 0 loop end loop; end $$", cancellationToken);
        await RunAsync(connection, "vacuum analyze", cancellationToken);
        await RunAsync(connection, "checkpoint", cancellationToken);
    }

    private static (string Column, string Value) Id(string column) => (column, $"pg_temp.i(t.{column}, n)");

    private static string Quoted(string column) => $"\"{column}\"";

    // What the database does not fill in by itself.
    private static async Task<string[]> ColumnsAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select array_agg(attname::text order by attnum) from pg_attribute
            where  attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''
            """,
            connection) { Parameters = { new() { Value = table } } };
        return (string[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 900 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
