using ChainExec.Calls;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Indexing.Backfill;

/// <summary>Writes rows of final blocks, each table by one COPY.</summary>
internal sealed class BackfillRowWriter
{
    public Task BlocksAsync(
        DbSession session, IReadOnlyList<(FetchedBlock Block, int Incarnation)> blocks, CancellationToken cancellationToken)
    {
        const string sql = """
            copy indexing.block (chain_id, hash, incarnation, number, parent_hash, block_time, status, proof, header_proof)
                from stdin (format binary)
            """;
        return session.CopyAsync(sql, blocks, AddBlock, cancellationToken);
    }

    public Task TransactionsAsync(
        DbSession session, IReadOnlyList<FetchedTransaction> transactions, CancellationToken cancellationToken)
    {
        const string sql = """
            copy indexing.transaction (chain_id, block_hash, incarnation, block_number, tx_hash, tx_index, "from", "to", nonce, value,
                                       succeeded, input_hash, gas_used, effective_gas_price, data_fee)
                from stdin (format binary)
            """;
        return session.CopyAsync(sql, transactions, AddTransaction, cancellationToken);
    }

    /// <returns>How many logs were written.</returns>
    public Task<int> LogsAsync(
        DbSession session, IReadOnlyList<FetchedTransaction> transactions, CancellationToken cancellationToken)
    {
        const string sql = """
            copy indexing.log (chain_id, block_hash, incarnation, log_index, tx_hash, address, topics, data) from stdin (format binary)
            """;
        return session.CopyAsync(sql, transactions, AddLogs, cancellationToken);
    }

    private static void AddBlock(CopyRows rows, (FetchedBlock Block, int Incarnation) row)
    {
        FetchedBlock block = row.Block;
        rows.Row(9);
        rows.Add(block.Chain);
        rows.Add(block.Ref.Hash);
        rows.Add(row.Incarnation);
        rows.Add(block.Ref.Number);
        rows.Add(block.ParentHash);
        rows.Add(block.Time);
        rows.Add("final");
        rows.Add(EnumText.Of(block.Proof));
        rows.Add(EnumText.Of(block.HeaderProof));
    }

    private static void AddTransaction(CopyRows rows, FetchedTransaction fetched)
    {
        ChainTransaction transaction = fetched.Transaction;
        rows.Row(15);
        AddPlace(rows, transaction);
        rows.Add(transaction.BlockNumber);
        rows.Add(transaction.TxHash);
        rows.Add(transaction.TxIndex);
        rows.Add(transaction.From);
        rows.Add(transaction.To);
        rows.Add(transaction.Nonce);
        rows.Add(transaction.Value);
        rows.Add(transaction.Succeeded);
        rows.Add(fetched.InputHash);
        rows.Add(transaction.GasUsed);
        rows.Add(transaction.EffectiveGasPrice);
        rows.Add(transaction.DataFee);
    }

    private static void AddLogs(CopyRows rows, FetchedTransaction fetched)
    {
        for (int index = 0; index < fetched.Logs.Count; index++)
        {
            ObservedLog log = fetched.Logs[index];
            rows.Row(8);
            AddPlace(rows, fetched.Transaction);
            rows.Add(log.LogIndex);
            rows.Add(fetched.Transaction.TxHash);
            rows.Add(log.Emitter);
            rows.Add(log.Topics);
            rows.Add(log.Data.Span);
        }
    }

    private static void AddPlace(CopyRows rows, ChainTransaction transaction)
    {
        rows.Add(transaction.Chain);
        rows.Add(transaction.BlockHash);
        rows.Add(transaction.Incarnation);
    }
}
