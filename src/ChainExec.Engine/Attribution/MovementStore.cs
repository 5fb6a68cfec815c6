using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Attribution;

/// <summary>Where a movement stands.</summary>
internal enum MovementPhase
{
    Included,
    Confirmed,
    Orphaned,
}

/// <summary>Writes movements and their phases. Everything is insert-only, and writing the same again changes nothing.</summary>
internal sealed class MovementStore
{
    /// <summary>Records what a transaction moved, tentatively.</summary>
    /// <param name="position">The position of the fact that brought it.</param>
    public async Task WriteIncludedAsync(
        DbSession session, ChainTransaction transaction, PipelineOutput output, CallAttribution attribution, long position,
        CancellationToken cancellationToken)
    {
        const string sql = """
            with written as (
                insert into attribution.movement (chain_id, block_hash, incarnation, tx_hash, log_index, kind, asset_id, "from", "to",
                                                  amount, processor, intent_id, call_id, attribution, reason)
                select @chain, @block, @incarnation, @hash, m.*, @intent, @call, @attribution, @reason
                from   unnest(@log_indexes, @kinds, @assets, @froms, @tos, @amounts, @processors) as m
                on conflict do nothing
                returning id)
            insert into attribution.movement_phase (movement_id, phase, position) select id, 'included', @position from written
            """;
        IReadOnlyList<ProcessedMovement> movements = output.Movements;
        if (movements.Count > 0)
        {
            await Of(session, sql, transaction)
                .WithArray("log_indexes", [.. movements.Select(row => row.Movement.LogIndex)], NpgsqlDbType.Integer)
                .WithArray("kinds", [.. movements.Select(row => EnumText.Of(row.Movement.Kind))], NpgsqlDbType.Text)
                .WithArray("assets", [.. movements.Select(row => row.Movement.Asset)], NpgsqlDbType.Text)
                .WithArray("froms", [.. movements.Select(row => row.Movement.From)], NpgsqlDbType.Bytea)
                .WithArray("tos", [.. movements.Select(row => row.Movement.To)], NpgsqlDbType.Bytea)
                .WithArray("amounts", [.. movements.Select(row => row.Movement.Amount)], NpgsqlDbType.Numeric)
                .WithArray("processors", [.. movements.Select(row => row.Processor)], NpgsqlDbType.Text)
                .With("intent", attribution.Intent)
                .With("call", attribution.Call)
                .With("attribution", attribution.Reason is null ? "single_call" : "unattributed")
                .With("reason", attribution.Reason)
                .With("position", position)
                .ExecuteAsync(cancellationToken);
        }

        foreach (UndecodableLog log in output.Undecodable)
            await WriteUndecodableAsync(session, transaction, log, cancellationToken);
    }

    /// <summary>Ends the transaction's movements one way; those that had ended already are left alone.</summary>
    /// <returns>The movements that ended now, in log order.</returns>
    public Task<IReadOnlyList<RecordedMovement>> EndAsync(
        DbSession session, ChainTransaction transaction, MovementPhase phase, long position, CancellationToken cancellationToken)
    {
        const string sql = """
            with ended as (
                insert into attribution.movement_phase (movement_id, phase, position)
                select id, @phase, @position
                from   attribution.movement
                where  chain_id = @chain and block_hash = @block and incarnation = @incarnation and tx_hash = @hash
                on conflict do nothing
                returning movement_id)
            select m.id, m.processor, m.kind, m.log_index, m.asset_id, m."from", m."to", m.amount, m.intent_id, m.call_id
            from   attribution.movement m
            join   ended e on e.movement_id = m.id
            order  by m.log_index
            """;
        return Of(session, sql, transaction).With("phase", phase).With("position", position).ReadAsync(Read, cancellationToken);
    }

    private static Task<int> WriteUndecodableAsync(
        DbSession session, ChainTransaction transaction, UndecodableLog log, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.undecodable_log (chain_id, block_hash, incarnation, tx_hash, log_index, processor, reason)
            values (@chain, @block, @incarnation, @hash, @log_index, @processor, @reason)
            on conflict do nothing
            """;
        return Of(session, sql, transaction).With("log_index", log.LogIndex).With("processor", log.Processor).With("reason", log.Reason)
            .ExecuteAsync(cancellationToken);
    }

    private static Statement Of(DbSession session, string sql, ChainTransaction transaction) => session.Sql(sql)
        .With("chain", transaction.Chain).With("block", transaction.BlockHash).With("incarnation", transaction.Incarnation)
        .With("hash", transaction.TxHash);

    private static RecordedMovement Read(NpgsqlDataReader reader) => new(
        reader.Long("id"),
        reader.Text("processor"),
        new Movement(
            reader.State<MovementKind>("kind"), reader.Int("log_index"), reader.Text("asset_id"), reader.Address("from"),
            reader.AddressOrNull("to"), reader.Amount("amount")),
        reader.UuidOrNull("intent_id"),
        reader.UuidOrNull("call_id"));
}
