using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Indexing;

/// <summary>What takes the place of final transactions that re-anchored chains took back.</summary>
internal static class UndoneTransactions
{
    /// <summary>
    /// Those of the transactions, by their places from 0, that were undone in another block, or that one of our accounts sent on a nonce of
    /// which another was undone. What a stranger sends on such a nonce is something new: it is nobody's but his to say that it is the same.
    /// </summary>
    public static async Task<IReadOnlyList<int>> RestoredAmongAsync(
        DbSession session, IReadOnlyList<ChainTransaction> transactions, CancellationToken cancellationToken) =>
        transactions.Count == 0
            ? []
            : await session.Sql("""
                select t.place::int - 1 as place
                from   unnest(@chains, @hashes, @blocks, @incarnations, @senders, @nonces) with ordinality
                       as t (chain_id, tx_hash, block_hash, incarnation, sender, nonce, place)
                where  exists (select from indexing.v_undone u
                               where  u.chain_id = t.chain_id and u.sender = t.sender and u.nonce = t.nonce
                               and    (u.block_hash, u.incarnation) <> (t.block_hash, t.incarnation)
                               and   (u.tx_hash = t.tx_hash or exists (select from custody.v_account a
                                                                       where a.chain_id = t.chain_id and a.address = t.sender)))
                """)
                .WithArray("chains", [.. transactions.Select(one => one.Chain)], NpgsqlDbType.Bigint)
                .WithArray("hashes", [.. transactions.Select(one => one.TxHash)], NpgsqlDbType.Bytea)
                .WithArray("blocks", [.. transactions.Select(one => one.BlockHash)], NpgsqlDbType.Bytea)
                .WithArray("incarnations", [.. transactions.Select(one => one.Incarnation)], NpgsqlDbType.Integer)
                .WithArray("senders", [.. transactions.Select(one => one.From)], NpgsqlDbType.Bytea)
                .WithArray("nonces", [.. transactions.Select(one => one.Nonce)], NpgsqlDbType.Bigint)
                .ReadAsync(reader => reader.Int("place"), cancellationToken);
}
