using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Indexing;

/// <summary>Reads logs as the index keeps them, for this module and for those above it.</summary>
internal static class LogRow
{
    /// <summary>All logs of a transaction in one incarnation of its block, in order.</summary>
    public static Task<IReadOnlyList<ObservedLog>> OfAsync(
        DbSession session, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        const string sql = """
            select log_index, address, topics, data
            from   indexing.v_log
            where  chain_id = @chain and block_hash = @block and incarnation = @incarnation and tx_hash = @hash
            order  by log_index
            """;
        return session.Sql(sql)
            .With("chain", transaction.Chain).With("block", transaction.BlockHash).With("incarnation", transaction.Incarnation)
            .With("hash", transaction.TxHash)
            .ReadAsync(Read, cancellationToken);
    }

    public static ObservedLog Read(NpgsqlDataReader reader) => new(
        reader.Int("log_index"),
        reader.Address("address"),
        [.. reader.GetFieldValue<byte[][]>(reader.GetOrdinal("topics")).Select(topic => Hash32.FromBytes(topic))],
        reader.Bytes("data"));
}
