using Npgsql;

namespace ChainExec.TestKit;

/// <summary>
/// A long history in a short time: copies of everything that completed intents left behind, made by the database itself. Each table of the
/// modules gets the rows that so many more payments would have left, under ids, hashes and nonces of their own. Balances are not copied.
/// </summary>
public static class OldIntents
{
    // Ids of copies begin with a zero byte: they are older than any id that a clock gives.
    private const string Functions = """
        create or replace function pg_temp.i(id text, n int) returns text language sql immutable
          as $$ select case when id is null then null else ('00' || substr(md5(id || ':' || n), 3))::uuid::text end $$;
        create or replace function pg_temp.h(hash text, n int) returns text language sql immutable
          as $$ select case when hash is null then null else '\x' || encode(sha256(convert_to(hash || ':' || n, 'UTF8')), 'hex') end $$;
        create temp table model as
          select i.id, i.root_id, i.family_key, i.hold_id, s.id as slot, s.nonce, m.carrier_id as carrier, s.tx_hash, s.account as sender,
                 row_number() over (partition by s.account order by s.nonce) as place, dense_rank() over (order by s.account) as number
          from   execution.intent i
          join   execution.carrier_member m on m.intent_id = i.id
          join   execution.nonce_slot s on s.carrier_id = m.carrier_id
          where  i.state = 'confirmed' and s.state = 'finalized' and i.id > '01000000-0000-0000-0000-000000000000';
        delete from model where place > 1;
        """;

    // Each row of a table that belongs to a model, once for each n, with these members replaced.
    private static readonly (string Table, string Rows, string Replaced)[] Copies =
    [
        ("ledger.hold", "t.id = m.hold_id",
            "'id', pg_temp.i(t.id::text, n), 'bound_to', 'old:' || pg_temp.i(t.id::text, n)"),
        ("ledger.hold_history", "t.hold_id = m.hold_id",
            "'hold_id', pg_temp.i(t.hold_id::text, n), 'transaction_id', pg_temp.i(t.transaction_id::text, n)"),
        ("ledger.transaction", "t.idempotency_key like '%' || encode(m.tx_hash, 'hex') || '%'",
            "'id', pg_temp.i(t.id::text, n), 'idempotency_key', t.idempotency_key || ':' || n"),
        ("ledger.entry", "t.transaction_id in (select x.id from ledger.transaction x "
            + "where x.idempotency_key like '%' || encode(m.tx_hash, 'hex') || '%' and x.id > '01000000-0000-0000-0000-000000000000')",
            "'version', 1000000000 + m.number * 1000000 + n, 'transaction_id', pg_temp.i(t.transaction_id::text, n)"),
        ("execution.intent", "t.id = m.id",
            "'id', pg_temp.i(t.id::text, n), 'root_id', pg_temp.i(t.root_id::text, n), 'family_key', 'old.' || pg_temp.i(t.id::text, n), "
            + "'client_reference', null, 'hold_id', pg_temp.i(t.hold_id::text, n)"),
        ("calls.call", "t.intent_id = m.id",
            "'id', pg_temp.i(t.id::text, n), 'intent_id', pg_temp.i(t.intent_id::text, n)"),
        ("admission.request", "t.intent_id = m.id",
            "'key', 'old.' || pg_temp.i(t.intent_id::text, n), 'intent_id', pg_temp.i(t.intent_id::text, n)"),
        ("execution.carrier", "t.id = m.carrier",
            "'id', pg_temp.i(t.id::text, n), 'family_key', 'old.' || pg_temp.i(m.id::text, n)"),
        ("execution.carrier_member", "t.carrier_id = m.carrier",
            "'carrier_id', pg_temp.i(t.carrier_id::text, n), 'intent_id', pg_temp.i(t.intent_id::text, n)"),
        ("execution.nonce_slot", "t.id = m.slot",
            "'id', pg_temp.i(t.id::text, n), 'carrier_id', pg_temp.i(t.carrier_id::text, n), 'nonce', n, "
            + "'tx_hash', pg_temp.h(t.tx_hash::text, n)"),
        ("execution.prepared_call", "t.slot_id = m.slot",
            "'id', pg_temp.i(t.id::text, n), 'carrier_id', pg_temp.i(t.carrier_id::text, n), 'slot_id', pg_temp.i(t.slot_id::text, n)"),
        ("execution.execution", "t.prepared_call_id in (select p.id from execution.prepared_call p where p.slot_id = m.slot)",
            "'id', pg_temp.i(t.id::text, n), 'prepared_call_id', pg_temp.i(t.prepared_call_id::text, n), "
            + "'tx_hash', pg_temp.h(t.tx_hash::text, n)"),
        ("execution.node", "t.execution_id in (select e.id from execution.execution e where e.tx_hash = m.tx_hash)",
            "'id', pg_temp.i(t.id::text, n), 'execution_id', pg_temp.i(t.execution_id::text, n)"),
        ("indexing.transaction", "t.tx_hash = m.tx_hash", "'tx_hash', pg_temp.h(t.tx_hash::text, n), 'nonce', n"),
        ("indexing.log", "t.tx_hash = m.tx_hash",
            "'tx_hash', pg_temp.h(t.tx_hash::text, n), 'log_index', m.number * 1000000 + n"),
    ];

    /// <summary>
    /// Copies what the first confirmed intent of each sender left, <paramref name="each"/> times, to the nonces from 0 on; the senders
    /// must not have used these. Ends with fresh statistics, as autovacuum would have given.
    /// </summary>
    public static async Task CopyAsync(PostgresDatabase database, int each, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        // As a restored dump: the rows are consistent, and checking each again would take most of the time.
        await RunAsync(connection, "set session_replication_role = replica; set synchronous_commit = off", cancellationToken);
        await RunAsync(connection, Functions, cancellationToken);
        foreach ((string table, string rows, string replaced) in Copies)
        {
            await RunAsync(
                connection,
                $"""
                insert into {table} overriding system value
                select copy.*
                from   model m join {table} t on {rows} cross join generate_series(0, {each} - 1) as n
                cross  join lateral jsonb_populate_record(null::{table}, to_jsonb(t) || jsonb_build_object({replaced})) as copy
                """,
                cancellationToken);
        }

        await RunAsync(
            connection,
            $"""
            insert into execution.history (machine, entity_id, from_state, event, to_state, reason, evidence, actor, at)
            select t.machine, pg_temp.i(t.entity_id::text, n)::uuid, t.from_state, t.event, t.to_state, t.reason, t.evidence, t.actor, t.at
            from   model m join execution.history t on t.entity_id in (m.id, m.slot) cross join generate_series(0, {each} - 1) as n;
            insert into attribution.movement (chain_id, block_hash, incarnation, tx_hash, log_index, kind, asset_id, "from", "to", amount,
                                              processor, intent_id, call_id, attribution, reason)
            select t.chain_id, t.block_hash, t.incarnation, pg_temp.h(t.tx_hash::text, n)::bytea, t.log_index, t.kind, t.asset_id, t."from",
                   t."to", t.amount, t.processor, pg_temp.i(t.intent_id::text, n)::uuid, pg_temp.i(t.call_id::text, n)::uuid,
                   t.attribution, t.reason
            from   model m join attribution.movement t on t.tx_hash = m.tx_hash cross join generate_series(0, {each} - 1) as n;
            insert into attribution.movement_phase (movement_id, phase, position, at)
            select v.id, p.phase, p.position, p.at
            from   attribution.movement v cross join (values ('included', 1, now()), ('confirmed', 2, now())) as p (phase, position, at)
            where  not exists (select from attribution.movement_phase q where q.movement_id = v.id);
            with head as (select position from facts.head),
                 models as (select t.*, row_number() over (order by t.position) as place, count(*) over () as of
                            from   facts.stream t
                            where  exists (select from model m where t.payload::text like '%' || m.id::text || '%'
                                           or t.payload::text like '%' || encode(m.tx_hash, 'hex') || '%'))
            insert into facts.stream (position, pending_id, type, key, shard_hash, owner_id, payload, occurred_at, sequenced_at)
            select head.position + n * t.of + t.place, -(n * t.of + t.place), t.type, t.key || ':' || n, t.shard_hash, t.owner_id,
                   t.payload, t.occurred_at, t.sequenced_at
            from   models t cross join head cross join generate_series(0, {each} - 1) as n;
            insert into facts.handled (consumer, position)
            select c.consumer, s.position
            from   facts.stream s cross join (select distinct consumer from facts.cursor) as c
            where  s.position > (select position from facts.head) and s.position % 2 = 0;
            update facts.head set position = (select max(position) from facts.stream);
            update facts.cursor set position = (select position from facts.head);
            """,
            cancellationToken);
        await RunAsync(connection, "vacuum analyze", cancellationToken);
        await RunAsync(connection, "checkpoint", cancellationToken);
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 900 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
