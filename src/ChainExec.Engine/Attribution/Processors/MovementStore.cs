using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Attribution.Processors;

/// <summary>A stored movement that has not ended, with the intent and the call that explain it by the newest attribution.</summary>
internal sealed record OpenMovement(
    long Id, string Processor, TransactionKey Key, Movement Movement, Guid? Intent, Guid? Call, CallLabel? Label);

/// <summary>Writes movements and their phases. Everything is insert-only, and writing the same again changes nothing.</summary>
internal sealed class MovementStore
{
    /// <summary>Records what transactions moved, tentatively.</summary>
    public async Task WriteAsync(DbSession session, IReadOnlyList<RecordRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
            return;
        const string sql = """
            with given as (
                select * from unnest(@processors, @chains, @blocks, @incarnations, @hashes, @log_indexes, @kinds, @assets, @froms, @tos,
                                     @amounts, @intents, @calls, @positions)
                         as g(processor, chain_id, block_hash, incarnation, tx_hash, log_index, kind, asset_id, "from", "to", amount,
                              intent_id, call_id, position)),
            written as (
                insert into attribution.movement (chain_id, block_hash, incarnation, tx_hash, log_index, kind, asset_id, "from", "to",
                                                  amount, processor, intent_id, call_id, attribution, reason)
                select chain_id, block_hash, incarnation, tx_hash, log_index, kind, asset_id, "from", "to", amount, processor,
                       intent_id::uuid, call_id::uuid, case when call_id is null then 'unattributed' else 'call' end,
                       case when call_id is null and intent_id is null then 'no intent sent this transaction'
                            when call_id is null then 'no call of the intent is known to have caused it' end
                from   given
                on conflict do nothing
                returning id, chain_id, block_hash, incarnation, tx_hash, log_index)
            insert into attribution.movement_phase (movement_id, phase, position)
            select w.id, 'included', g.position
            from   written w join given g using (chain_id, block_hash, incarnation, tx_hash, log_index)
            """;
        IReadOnlyList<Movement> movements = [.. rows.Select(row => ((MovementRecord)row.Record).Movement)];
        await ProcessorFeed.WithKeys(session.Sql(sql), rows.Select(row => row.Item.Key))
            .WithArray("processors", [.. rows.Select(row => row.Processor)], NpgsqlDbType.Text)
            .WithArray("log_indexes", [.. movements.Select(movement => movement.LogIndex)], NpgsqlDbType.Integer)
            .WithArray("kinds", [.. movements.Select(movement => EnumText.Of(movement.Kind))], NpgsqlDbType.Text)
            .WithArray("assets", [.. movements.Select(movement => movement.Asset)], NpgsqlDbType.Text)
            .WithArray("froms", [.. movements.Select(movement => movement.From)], NpgsqlDbType.Bytea)
            .WithArray("tos", [.. movements.Select(movement => movement.To)], NpgsqlDbType.Bytea)
            .WithArray("amounts", [.. movements.Select(movement => movement.Amount)], NpgsqlDbType.Numeric)
            .WithArray("intents", [.. rows.Select(row => row.Intent?.ToString())], NpgsqlDbType.Text)
            .WithArray("calls", [.. rows.Select(row => row.Call?.ToString())], NpgsqlDbType.Text)
            .WithArray("positions", [.. rows.Select(row => row.Item.Position)], NpgsqlDbType.Bigint)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>The movements of these transactions that have not ended, in order.</summary>
    /// <param name="isRetried">Whether also of a block at which the processor is parked.</param>
    public Task<IReadOnlyList<OpenMovement>> OpenOnesAsync(
        DbSession session, IEnumerable<string> names, IEnumerable<TransactionKey> keys, bool isRetried, int limit,
        CancellationToken cancellationToken)
    {
        const string sql = """
            select m.id, m.processor, m.chain_id, m.block_hash, m.incarnation, m.tx_hash, m.kind, m.log_index, m.asset_id, m."from", m."to",
                   m.amount, coalesce(l.intent_id, m.intent_id) as intent_id, coalesce(l.call_id, m.call_id) as call_id, c.category, c.tags,
                   c.context, c.type, true as succeeded
            from   unnest(@chains, @blocks, @incarnations, @hashes) with ordinality
                   as k(chain_id, block_hash, incarnation, tx_hash, place)
            join   attribution.movement m using (chain_id, block_hash, incarnation, tx_hash)
            left   join attribution.v_log l on l.chain_id = m.chain_id and l.block_hash = m.block_hash and l.incarnation = m.incarnation
                   and l.tx_hash = m.tx_hash and l.log_index = m.log_index
            left   join calls.v_call c on c.id = coalesce(l.call_id, m.call_id)
            where  m.processor = any (@names)
            and    not exists (select from attribution.movement_phase p
                               where p.movement_id = m.id and p.phase in ('confirmed', 'orphaned'))
            and    (@retried or not exists (
                select from attribution.parked_block b
                where  b.processor = m.processor and b.chain_id = m.chain_id and b.block_hash = m.block_hash
                and    b.incarnation = m.incarnation and b.resolved_at is null))
            order  by k.place, m.log_index
            limit  @limit
            """;
        return ProcessorFeed.WithKeys(session.Sql(sql), keys).WithArray("names", [.. names], NpgsqlDbType.Text).With("limit", limit)
            .With("retried", isRetried).ReadAsync(
            reader => new OpenMovement(
                reader.Long("id"), reader.Text("processor"), ProcessorFeed.KeyOf(reader),
                new Movement(
                    reader.State<MovementKind>("kind"), reader.Int("log_index"), reader.Text("asset_id"), reader.Address("from"),
                    reader.AddressOrNull("to"), reader.Amount("amount")),
                reader.UuidOrNull("intent_id"), reader.UuidOrNull("call_id"),
                reader.TextOrNull("type") is null ? null : FeedReader.ReadCall(reader)?.Label),
            cancellationToken);
    }

    /// <summary>Ends movements one way.</summary>
    public Task<int> EndAsync(
        DbSession session, IReadOnlyList<(long Id, long Position)> movements, FeedPhase phase, CancellationToken cancellationToken) =>
        movements.Count == 0
            ? Task.FromResult(0)
            : session.Sql("""
                insert into attribution.movement_phase (movement_id, phase, position)
                select m.id, @phase, m.position from unnest(@ids, @positions) as m(id, position)
                """)
                .With("phase", phase).WithArray("ids", [.. movements.Select(movement => movement.Id)], NpgsqlDbType.Bigint)
                .WithArray("positions", [.. movements.Select(movement => movement.Position)], NpgsqlDbType.Bigint)
                .ExecuteAsync(cancellationToken);
}
