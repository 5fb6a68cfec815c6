using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>What Execution asks of the index, through its published views: it never decides inclusion from a receipt of its own.</summary>
internal sealed class IndexReader(AssetStore assets)
{
    private const int BehindMax = 16;

    /// <summary>Why nothing may be signed or sent for the first time on the chain now, or nothing: the index, or an operator, halted
    /// it.</summary>
    public async Task<string?> HaltReasonAsync(DbSession session, long chain, CancellationToken cancellationToken)
    {
        const string sql = """
            select coalesce(halt_reason, 'halted') as reason from indexing.v_chain where chain_id = @chain and halted_at is not null
            union all
            select reason from governance.v_freeze where scope = 'all' or (scope = 'chain' and subject = @chain::text)
            limit 1
            """;
        IReadOnlyList<string> rows = await session.Sql(sql).With("chain", chain).ReadAsync(reader => reader.Text("reason"),
            cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>What is asked before a first send, in one question: whether the chain is halted, and whether anybody is frozen.</summary>
    public async Task<(bool IsHalted, bool IsAnybodyFrozen)> StopsAsync(
        DbSession session, long chain, CancellationToken cancellationToken)
    {
        const string sql = """
            select exists (select from indexing.v_chain where chain_id = @chain and halted_at is not null)
                   or exists (select from governance.v_freeze
                              where scope = 'all' or (scope = 'chain' and subject = @chain::text)) as halted,
                   (select id from governance.v_freeze where scope not in ('all', 'chain') order by frozen_at limit 1) is not null as frozen
            """;
        IReadOnlyList<(bool, bool)> rows = await session.Sql(sql).With("chain", chain)
            .ReadAsync(reader => (reader.Bool("halted"), reader.Bool("frozen")), cancellationToken);
        return rows[0];
    }

    /// <summary>The highest block that the index holds of the chain; 0 before the first.</summary>
    public Task<long> HeadAsync(DbSession session, long chain, CancellationToken cancellationToken) =>
        session.Sql("select coalesce((select tip_number from indexing.v_chain where chain_id = @chain), 0)").With("chain", chain)
            .ScalarAsync<long>(cancellationToken);

    /// <summary>
    /// The highest block that the index holds, for a question about how things stand; nothing while it is far behind the chain, where an
    /// answer of that block would be of the past.
    /// </summary>
    public async Task<long?> NearHeadAsync(DbSession session, long chain, CancellationToken cancellationToken)
    {
        IReadOnlyList<long> rows = await session.Sql("""
            select tip_number from indexing.v_chain
            where  chain_id = @chain and tip_number is not null and coalesce(head_number, tip_number) - tip_number <= @behind
            """)
            .With("chain", chain).With("behind", BehindMax).ReadAsync(reader => reader.Long("tip_number"), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>The newest block that the index holds; nothing before the first.</summary>
    public async Task<(long Number, Hash32 Hash)?> TipAsync(DbSession session, long chain, CancellationToken cancellationToken)
    {
        IReadOnlyList<(long, Hash32)> rows = await session
            .Sql("select tip_number, tip_hash from indexing.v_chain where chain_id = @chain and tip_number is not null")
            .With("chain", chain)
            .ReadAsync(reader => (reader.Long("tip_number"), reader.Hash("tip_hash")), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Whether any of these transactions is in a canonical block.</summary>
    public Task<bool> HoldsAnyAsync(DbSession session, long chain, IReadOnlyList<Hash32> hashes, CancellationToken cancellationToken) =>
        session.Sql("""
            select exists (select from indexing.v_transaction where chain_id = @chain and tx_hash = any (@hashes) and is_canonical)
            """)
            .With("chain", chain).WithArray("hashes", hashes, NpgsqlDbType.Bytea).ScalarAsync<bool>(cancellationToken);

    /// <summary>keccak of the transaction's calldata, kept by the index for transactions of our accounts.</summary>
    public async Task<Hash32?> InputHashAsync(DbSession session, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        IReadOnlyList<Hash32?> rows = await session.Sql("""
            select input_hash from indexing.v_transaction
            where  chain_id = @chain and block_hash = @block and incarnation = @incarnation and tx_hash = @tx
            """)
            .With("chain", transaction.Chain).With("block", transaction.BlockHash).With("incarnation", transaction.Incarnation)
            .With("tx", transaction.TxHash).ReadAsync(reader => reader.HashOrNull("input_hash"), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>The transaction as it stands in its canonical block, and whether that block is final.</summary>
    public async Task<(ChainTransaction Transaction, bool IsFinal)?> FindAsync(
        DbSession session, long chain, Hash32 txHash, CancellationToken cancellationToken)
    {
        const string sql = """
            select chain_id, block_number, block_hash, incarnation, block_time, tx_hash, tx_index, "from", "to", nonce, value,
                   succeeded,
                   gas_used, effective_gas_price, data_fee, status
            from   indexing.v_transaction
            where  chain_id = @chain and tx_hash = @tx and status in ('canonical', 'final')
            """;
        IReadOnlyList<(ChainTransaction, bool)> rows = await session.Sql(sql).With("chain", chain).With("tx", txHash).ReadAsync(
            reader => (
                new ChainTransaction(
                    reader.Long("chain_id"), reader.Long("block_number"), reader.Hash("block_hash"), reader.Int("incarnation"),
                    reader.Time("block_time"), reader.Hash("tx_hash"), reader.Int("tx_index"), reader.Address("from"),
                    reader.AddressOrNull("to"), reader.Long("nonce"), reader.Amount("value"), reader.Bool("succeeded"),
                    reader.Amount("gas_used"), reader.Amount("effective_gas_price"), reader.AmountOrNull("data_fee")),
                reader.Text("status") == "final"),
            cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Everything the transaction moved, of listed assets.</summary>
    public async Task<IReadOnlyList<Movement>> MovementsAsync(
        DbSession session, ChainTransaction transaction, AssetSnapshot registry, CancellationToken cancellationToken)
    {
        IReadOnlyList<ObservedLog> logs = await session.Sql("""
            select log_index, address, topics, data from indexing.v_log
            where  chain_id = @chain and block_hash = @block and incarnation = @incarnation and tx_hash = @tx
            order  by log_index
            """)
            .With("chain", transaction.Chain).With("block", transaction.BlockHash).With("incarnation", transaction.Incarnation)
            .With("tx", transaction.TxHash)
            .ReadAsync(ReadLog, cancellationToken);
        return ObservedMovements.Of(transaction, logs, registry);
    }

    internal static ObservedLog ReadLog(NpgsqlDataReader reader) => new(
        reader.Int("log_index"),
        reader.Address("address"),
        [.. reader.GetFieldValue<byte[][]>(reader.GetOrdinal("topics")).Select(topic => Hash32.FromBytes(topic))],
        reader.Bytes("data"));

    public Task<AssetSnapshot> AssetsAsync(DbSession session, long chain, CancellationToken cancellationToken) =>
        assets.SnapshotAsync(session, chain, cancellationToken);
}
