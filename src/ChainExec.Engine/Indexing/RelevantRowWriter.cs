using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace ChainExec.Indexing;

/// <summary>Writes what of a block is kept, set by set: the number of statements does not grow with the block.</summary>
internal sealed class RelevantRowWriter(IOptions<IndexingOptions> options)
{
    /// <returns>The transactions as they stand in this incarnation of the block, in block order.</returns>
    public async Task<IReadOnlyList<ChainTransaction>> WriteAsync(
        DbSession session, FetchedBlock block, int incarnation, RelevantPart part, CancellationToken cancellationToken)
    {
        List<FetchedTransaction> stamped =
            [.. part.Transactions.Select(fetched => fetched.In(incarnation))];
        if (stamped.Count > 0)
            await WriteTransactionsAsync(session, block, incarnation, stamped, cancellationToken);
        if (stamped.Exists(fetched => fetched.Logs.Count > 0))
            await WriteLogsAsync(session, block, incarnation, stamped, cancellationToken);
        if (part.UnlistedMovements.Count > 0)
            await CountUnlistedAsync(session, block.Chain, part.UnlistedMovements, cancellationToken);
        return [.. stamped.Select(fetched => fetched.Transaction)];
    }

    private static Task<int> WriteTransactionsAsync(
        DbSession session, FetchedBlock block, int incarnation, IReadOnlyList<FetchedTransaction> transactions,
        CancellationToken cancellationToken)
    {
        const string sql = """
            insert into indexing.transaction (chain_id, block_hash, incarnation, block_number, tx_hash, tx_index, "from", "to",
                                              nonce, value, succeeded, input_hash, gas_used, effective_gas_price, data_fee)
            select @chain, @block, @incarnation, @number, t.*
            from   unnest(@hashes, @indexes, @froms, @tos, @nonces, @values, @succeeded, @input_hashes, @gas_used, @gas_prices,
                          @data_fees) as t
            """;
        return session.Sql(sql)
            .With("chain", block.Chain).With("block", block.Ref.Hash).With("incarnation", incarnation).With("number", block.Ref.Number)
            .WithArray("hashes", [.. transactions.Select(fetched => fetched.Transaction.TxHash)], NpgsqlDbType.Bytea)
            .WithArray("indexes", [.. transactions.Select(fetched => fetched.Transaction.TxIndex)], NpgsqlDbType.Integer)
            .WithArray("froms", [.. transactions.Select(fetched => fetched.Transaction.From)], NpgsqlDbType.Bytea)
            .WithArray("tos", [.. transactions.Select(fetched => fetched.Transaction.To)], NpgsqlDbType.Bytea)
            .WithArray("nonces", [.. transactions.Select(fetched => fetched.Transaction.Nonce)], NpgsqlDbType.Bigint)
            .WithArray("values", [.. transactions.Select(fetched => fetched.Transaction.Value)], NpgsqlDbType.Numeric)
            .WithArray("succeeded", [.. transactions.Select(fetched => fetched.Transaction.Succeeded)], NpgsqlDbType.Boolean)
            .WithArray("input_hashes", [.. transactions.Select(fetched => fetched.InputHash)], NpgsqlDbType.Bytea)
            .WithArray("gas_used", [.. transactions.Select(fetched => fetched.Transaction.GasUsed)], NpgsqlDbType.Numeric)
            .WithArray("gas_prices", [.. transactions.Select(fetched => fetched.Transaction.EffectiveGasPrice)], NpgsqlDbType.Numeric)
            .WithArray("data_fees", [.. transactions.Select(fetched => fetched.Transaction.DataFee)], NpgsqlDbType.Numeric)
            .ExecuteAsync(cancellationToken);
    }

    // Arrays of arrays must be rectangular in PostgreSQL, so a log's topics travel joined and are cut apart there.
    private static Task<int> WriteLogsAsync(
        DbSession session, FetchedBlock block, int incarnation, IReadOnlyList<FetchedTransaction> transactions,
        CancellationToken cancellationToken)
    {
        const string sql = """
            insert into indexing.log (chain_id, block_hash, incarnation, log_index, tx_hash, address, topics, data)
            select @chain, @block, @incarnation, l.log_index, l.tx_hash, l.address,
                   array(select substr(l.topics, 1 + 32 * i, 32) from generate_series(0, octet_length(l.topics) / 32 - 1) as i order by i),
                   l.data
            from   unnest(@indexes, @hashes, @addresses, @topics, @data) as l(log_index, tx_hash, address, topics, data)
            """;
        var logs = transactions.SelectMany(fetched => fetched.Logs, (fetched, log) => (fetched.Transaction.TxHash, Log: log)).ToList();
        return session.Sql(sql)
            .With("chain", block.Chain).With("block", block.Ref.Hash).With("incarnation", incarnation)
            .WithArray("indexes", [.. logs.Select(row => row.Log.LogIndex)], NpgsqlDbType.Integer)
            .WithArray("hashes", [.. logs.Select(row => row.TxHash)], NpgsqlDbType.Bytea)
            .WithArray("addresses", [.. logs.Select(row => row.Log.Emitter)], NpgsqlDbType.Bytea)
            .WithArray("topics", [.. logs.Select(row => Joined(row.Log.Topics))], NpgsqlDbType.Bytea)
            .WithArray("data", [.. logs.Select(row => row.Log.Data)], NpgsqlDbType.Bytea)
            .ExecuteAsync(cancellationToken);
    }

    // Contracts beyond the bound share the row with the empty contract. The chain row is locked, so the count cannot move under us.
    public Task<int> CountUnlistedAsync(
        DbSession session, long chain, IReadOnlyDictionary<Address, long> movements, CancellationToken cancellationToken)
    {
        const string sql = """
            with seen as (
                select s.contract, s.count, k.contract is not null as known,
                       row_number() over (partition by k.contract is null order by s.contract) as place
                from   unnest(@contracts, @counts) as s(contract, count)
                left   join indexing.unlisted_movement k on k.chain_id = @chain and k.contract = s.contract),
            room as (
                select @contracts_max - count(*) as free from indexing.unlisted_movement where chain_id = @chain and contract <> ''),
            placed as (
                select case when known or place <= free then contract else ''::bytea end as contract, count from seen cross join room)
            insert into indexing.unlisted_movement (chain_id, contract, count, first_seen_at, last_seen_at)
            select @chain, contract, sum(count), storage.clock(), storage.clock() from placed group by contract
            on conflict (chain_id, contract) do update
            set    count = indexing.unlisted_movement.count + excluded.count, last_seen_at = excluded.last_seen_at
            """;
        return session.Sql(sql)
            .With("chain", chain).With("contracts_max", options.Value.UnlistedContractsMax)
            .WithArray("contracts", [.. movements.Keys], NpgsqlDbType.Bytea)
            .WithArray("counts", [.. movements.Values], NpgsqlDbType.Bigint)
            .ExecuteAsync(cancellationToken);
    }

    private static byte[] Joined(IReadOnlyList<Hash32> topics)
    {
        byte[] joined = new byte[Hash32.Size * topics.Count];
        for (int index = 0; index < topics.Count; index++)
            topics[index].CopyTo(joined.AsSpan(Hash32.Size * index));
        return joined;
    }
}
