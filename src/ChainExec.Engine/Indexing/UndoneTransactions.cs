using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Indexing;

/// <summary>Final transactions that re-anchored chains took back, and what takes their place.</summary>
internal static class UndoneTransactions
{
    /// <summary>Those of the transactions that are undone as they stand in their blocks.</summary>
    public static Task<IReadOnlyList<int>> AmongAsync(
        DbSession session, IReadOnlyList<ChainTransaction> transactions, CancellationToken cancellationToken) =>
        PlacesAsync(
            session, "u.tx_hash = t.tx_hash and u.block_hash = t.block_hash and u.incarnation = t.incarnation", transactions,
            cancellationToken);

    /// <summary>Those of the transactions that have a nonce of which another, or they themselves in another block, are undone.</summary>
    public static Task<IReadOnlyList<int>> RestoredAmongAsync(
        DbSession session, IReadOnlyList<ChainTransaction> transactions, CancellationToken cancellationToken) =>
        PlacesAsync(
            session, "u.sender = t.sender and u.nonce = t.nonce and (u.block_hash, u.incarnation) <> (t.block_hash, t.incarnation)",
            transactions, cancellationToken);

    // Places in the list, from 0.
    private static async Task<IReadOnlyList<int>> PlacesAsync(
        DbSession session, string condition, IReadOnlyList<ChainTransaction> transactions, CancellationToken cancellationToken) =>
        transactions.Count == 0
            ? []
            : await session.Sql($"""
                select t.place::int - 1 as place
                from   unnest(@chains, @hashes, @blocks, @incarnations, @senders, @nonces) with ordinality
                       as t (chain_id, tx_hash, block_hash, incarnation, sender, nonce, place)
                where  exists (select from indexing.v_undone u where u.chain_id = t.chain_id and {condition})
                """)
                .WithArray("chains", [.. transactions.Select(one => one.Chain)], NpgsqlDbType.Bigint)
                .WithArray("hashes", [.. transactions.Select(one => one.TxHash)], NpgsqlDbType.Bytea)
                .WithArray("blocks", [.. transactions.Select(one => one.BlockHash)], NpgsqlDbType.Bytea)
                .WithArray("incarnations", [.. transactions.Select(one => one.Incarnation)], NpgsqlDbType.Integer)
                .WithArray("senders", [.. transactions.Select(one => one.From)], NpgsqlDbType.Bytea)
                .WithArray("nonces", [.. transactions.Select(one => one.Nonce)], NpgsqlDbType.Bigint)
                .ReadAsync(reader => reader.Int("place"), cancellationToken);
}
