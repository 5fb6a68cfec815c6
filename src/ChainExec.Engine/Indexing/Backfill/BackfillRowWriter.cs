using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Indexing.Backfill;

/// <summary>Writes rows of final blocks by COPY.</summary>
internal sealed class BackfillRowWriter
{
    public Task BlocksAsync(
        DbSession session, IReadOnlyList<FetchedBlock> blocks, IReadOnlyDictionary<Hash32, int> incarnations,
        CancellationToken cancellationToken)
    {
        const string sql = """
            copy indexing.block (chain_id, hash, incarnation, number, parent_hash, block_time, status, proof) from stdin (format binary)
            """;
        return session.CopyAsync(
            sql,
            blocks,
            async (importer, block, token) =>
            {
                await importer.WriteAsync(block.Chain, NpgsqlDbType.Bigint, token);
                await importer.WriteAsync(block.Ref.Hash.ToArray(), NpgsqlDbType.Bytea, token);
                await importer.WriteAsync(incarnations[block.Ref.Hash], NpgsqlDbType.Integer, token);
                await importer.WriteAsync(block.Ref.Number, NpgsqlDbType.Bigint, token);
                await importer.WriteAsync(block.ParentHash.ToArray(), NpgsqlDbType.Bytea, token);
                await importer.WriteAsync(block.Time, NpgsqlDbType.TimestampTz, token);
                await importer.WriteAsync("final", NpgsqlDbType.Text, token);
                await importer.WriteAsync(EnumText.Of(block.Proof), NpgsqlDbType.Text, token);
            },
            cancellationToken);
    }

    public Task TransactionsAsync(
        DbSession session, IReadOnlyList<FetchedTransaction> transactions, CancellationToken cancellationToken)
    {
        const string sql = """
            copy indexing.transaction (chain_id, block_hash, incarnation, block_number, tx_hash, tx_index, "from", "to", nonce, value,
                                       succeeded, input_hash, gas_used, effective_gas_price, data_fee)
                from stdin (format binary)
            """;
        return session.CopyAsync(
            sql,
            transactions,
            async (importer, fetched, token) =>
            {
                ChainTransaction transaction = fetched.Transaction;
                await WriteKeyAsync(importer, transaction, token);
                await importer.WriteAsync(transaction.BlockNumber, NpgsqlDbType.Bigint, token);
                await importer.WriteAsync(transaction.TxHash.ToArray(), NpgsqlDbType.Bytea, token);
                await importer.WriteAsync(transaction.TxIndex, NpgsqlDbType.Integer, token);
                await importer.WriteAsync(transaction.From.ToArray(), NpgsqlDbType.Bytea, token);
                if (transaction.To is { } to)
                    await importer.WriteAsync(to.ToArray(), NpgsqlDbType.Bytea, token);
                else
                    await importer.WriteNullAsync(token);
                await importer.WriteAsync(transaction.Nonce, NpgsqlDbType.Bigint, token);
                await importer.WriteAsync(transaction.Value.BaseUnits, NpgsqlDbType.Numeric, token);
                await importer.WriteAsync(transaction.Succeeded, NpgsqlDbType.Boolean, token);
                await importer.WriteAsync(fetched.InputHash.ToArray(), NpgsqlDbType.Bytea, token);
                await importer.WriteAsync(transaction.GasUsed.BaseUnits, NpgsqlDbType.Numeric, token);
                await importer.WriteAsync(transaction.EffectiveGasPrice.BaseUnits, NpgsqlDbType.Numeric, token);
                if (transaction.DataFee is { } dataFee)
                    await importer.WriteAsync(dataFee.BaseUnits, NpgsqlDbType.Numeric, token);
                else
                    await importer.WriteNullAsync(token);
            },
            cancellationToken);
    }

    /// <returns>How many logs were written.</returns>
    public async Task<int> LogsAsync(
        DbSession session, IReadOnlyList<FetchedTransaction> transactions, CancellationToken cancellationToken)
    {
        const string sql = """
            copy indexing.log (chain_id, block_hash, incarnation, log_index, tx_hash, address, topics, data) from stdin (format binary)
            """;
        List<(ChainTransaction Transaction, ObservedLog Log)> logs =
            [.. transactions.SelectMany(fetched => fetched.Logs, (fetched, log) => (fetched.Transaction, log))];
        await session.CopyAsync(
            sql,
            logs,
            async (importer, row, token) =>
            {
                await WriteKeyAsync(importer, row.Transaction, token);
                await importer.WriteAsync(row.Log.LogIndex, NpgsqlDbType.Integer, token);
                await importer.WriteAsync(row.Transaction.TxHash.ToArray(), NpgsqlDbType.Bytea, token);
                await importer.WriteAsync(row.Log.Emitter.ToArray(), NpgsqlDbType.Bytea, token);
                byte[][] topics = [.. row.Log.Topics.Select(topic => topic.ToArray())];
                await importer.WriteAsync(topics, NpgsqlDbType.Array | NpgsqlDbType.Bytea, token);
                await importer.WriteAsync(row.Log.Data.ToArray(), NpgsqlDbType.Bytea, token);
            },
            cancellationToken);
        return logs.Count;
    }

    private static async Task WriteKeyAsync(
        NpgsqlBinaryImporter importer, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        await importer.WriteAsync(transaction.Chain, NpgsqlDbType.Bigint, cancellationToken);
        await importer.WriteAsync(transaction.BlockHash.ToArray(), NpgsqlDbType.Bytea, cancellationToken);
        await importer.WriteAsync(transaction.Incarnation, NpgsqlDbType.Integer, cancellationToken);
    }
}
