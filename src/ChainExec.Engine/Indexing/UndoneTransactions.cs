using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Indexing;

/// <summary>What takes the place of final transactions that re-anchored chains took back.</summary>
internal static class UndoneTransactions
{
    /// <summary>
    /// Those of the transactions, by their places from 0, that have a nonce of which another, or they themselves in another block, are
    /// undone.
    /// </summary>
    public static async Task<IReadOnlyList<int>> RestoredAmongAsync(
        DbSession session, IReadOnlyList<ChainTransaction> transactions, CancellationToken cancellationToken) =>
        transactions.Count == 0
            ? []
            : await session.Sql("""
                select t.place::int - 1 as place
                from   unnest(@chains, @blocks, @incarnations, @senders, @nonces) with ordinality
                       as t (chain_id, block_hash, incarnation, sender, nonce, place)
                where  exists (select from indexing.v_undone u
                               where  u.chain_id = t.chain_id and u.sender = t.sender and u.nonce = t.nonce
                               and    (u.block_hash, u.incarnation) <> (t.block_hash, t.incarnation))
                """)
                .WithArray("chains", [.. transactions.Select(one => one.Chain)], NpgsqlDbType.Bigint)
                .WithArray("blocks", [.. transactions.Select(one => one.BlockHash)], NpgsqlDbType.Bytea)
                .WithArray("incarnations", [.. transactions.Select(one => one.Incarnation)], NpgsqlDbType.Integer)
                .WithArray("senders", [.. transactions.Select(one => one.From)], NpgsqlDbType.Bytea)
                .WithArray("nonces", [.. transactions.Select(one => one.Nonce)], NpgsqlDbType.Bigint)
                .ReadAsync(reader => reader.Int("place"), cancellationToken);
}
