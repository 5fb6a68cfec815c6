using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing.Backfill;
using ChainExec.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ChainExec.Indexing;

/// <summary>
/// Moves the canonical chain: one block up, some blocks back, some blocks final. Each is one short transaction that locks the chain row,
/// checks the epoch, writes, and leaves a consistent tip with its facts.
/// </summary>
internal sealed class BlockStore(
    UnitOfWork unitOfWork, ChainStore chains, RelevantRowWriter rows, AssetStore assets, FactWriter facts,
    IOptions<IndexingOptions> options, WatchedEvents events)
{
    private const string TransactionColumns =
        "chain_id, block_number, block_hash, incarnation, block_time, tx_hash, tx_index, \"from\", \"to\", nonce, value, succeeded, "
        + "gas_used, effective_gas_price, data_fee";

    /// <summary>The canonical or final hash at a height; nothing where we have no block.</summary>
    public async Task<Hash32?> HashAtAsync(long chain, long number, CancellationToken cancellationToken)
    {
        IReadOnlyList<Hash32> rows = await unitOfWork.RunAsync(
            (session, token) => CanonicalAtAsync(session, chain, number, token), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Appends a block to our tip: block, relevant transactions, their logs, and a fact for each.</summary>
    /// <param name="state">What we hold of the chain.</param>
    /// <param name="block">The block after its tip.</param>
    /// <param name="watch">Our accounts, which it brings up to date.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StaleWriteException">The chain was taken over or halted, or the tip is not the block's parent.</exception>
    public async Task<BlockRef> AppendAsync(
        ChainState state, FetchedBlock block, WatchSet watch, CancellationToken cancellationToken)
    {
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                ChainState current = await chains.LockAsync(session, state.Chain, state.Epoch, token);
                RequireFollows(current, block);
                // After the block was read: an account registered a moment before its first deposit is known when it is looked at.
                await watch.RefreshAsync(session, token);
                RelevantPart part = BlockRelevance.Select(
                    block, watch.Contains, await assets.SnapshotAsync(session, state.Chain, token), events);
                int incarnation = await InsertBlockAsync(session, block, token);
                IReadOnlyList<ChainTransaction> included = await rows.WriteAsync(session, block, incarnation, part, token);
                await MoveTipAsync(session, state.Chain, block.Ref, token);
                await facts.AppendManyAsync(
                    session, [.. included.Select(transaction => (KeyOf(transaction), new TransactionIncluded(transaction)))], token);
                Boundary.Passed(Boundary.BlockOpen);
            },
            cancellationToken);
        Boundary.Passed(Boundary.BlockCommitted);
        return block.Ref;
    }

    /// <summary>
    /// Takes back the blocks above the ancestor, deepest tip first, as many as one transaction may. Facts come in the reverse order of the
    /// chain, so that what was built last is undone first.
    /// </summary>
    /// <param name="ancestor">The highest block that stays; one below the first indexed block when none does.</param>
    /// <returns>The new tip; nothing when no block is left.</returns>
    public Task<BlockRef?> OrphanAsync(ChainState state, long ancestor, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                ChainState current = await chains.LockAsync(session, state.Chain, state.Epoch, token);
                BlockRef tip = current.Tip == state.Tip && current.Tip is { } seen
                    ? seen
                    : throw new StaleWriteException($"The tip of chain {state.Chain} moved to {current.Tip?.Number} under a rollback.");
                long newTip = Math.Max(ancestor, tip.Number - options.Value.BlocksPerMoveMax);
                IReadOnlyList<Hash32> left = await CanonicalAtAsync(session, state.Chain, newTip, token);
                BlockRef? target = left.Count == 1 ? new BlockRef(newTip, left[0]) : null;
                if (target is null && newTip >= current.Start)
                    throw new InvalidOperationException($"Chain {state.Chain} has no canonical block at {newTip}.");

                IReadOnlyList<ChainTransaction> orphaned = await TransactionsAsync(session, state.Chain, newTip, tip.Number, token);
                await MoveBlocksAsync(session, current, newTip, tip.Number, "orphaned", "reorg", token);
                await WriteReorgAsync(session, current, tip, target, (int)(tip.Number - newTip), orphaned.Count, token);
                await MoveTipAsync(session, state.Chain, target, token);
                await facts.AppendManyAsync(
                    session, [.. orphaned.Reverse().Select(transaction => (KeyOf(transaction), new TransactionOrphaned(transaction)))],
                    token);
                return target;
            },
            cancellationToken);

    /// <summary>Makes blocks final in order, up to a height that is known to be final, as many as one transaction may.</summary>
    /// <returns>The new final head.</returns>
    public Task<BlockRef> FinalizeAsync(ChainState state, long target, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                ChainState current = await chains.LockAsync(session, state.Chain, state.Epoch, token);
                long from = current.Final?.Number ?? current.Start - 1;
                long to = Math.Min(target, from + options.Value.BlocksPerMoveMax);
                IReadOnlyList<Hash32> hash = await CanonicalAtAsync(session, state.Chain, to, token);
                if (hash.Count != 1)
                    throw new StaleWriteException($"Chain {state.Chain} has no canonical block at {to} any more.");
                var final = new BlockRef(to, hash[0]);

                IReadOnlyList<ChainTransaction> settled = await TransactionsAsync(session, state.Chain, from, to, token);
                await MoveBlocksAsync(session, current, from, to, "final", "finality profile", token);
                await session.Sql("update indexing.chain set final_number = @number, final_hash = @hash where chain_id = @chain")
                    .With("chain", state.Chain).With("number", final.Number).With("hash", final.Hash).ExecuteAsync(token);
                await facts.AppendManyAsync(
                    session, [.. settled.Select(transaction => (KeyOf(transaction), new TransactionFinalized(transaction)))], token);
                return final;
            },
            cancellationToken);

    internal static ChainTransaction ReadTransaction(NpgsqlDataReader reader) => new(
        reader.Long("chain_id"),
        reader.Long("block_number"),
        reader.Hash("block_hash"),
        reader.Int("incarnation"),
        reader.Time("block_time"),
        reader.Hash("tx_hash"),
        reader.Int("tx_index"),
        reader.Address("from"),
        reader.AddressOrNull("to"),
        reader.Long("nonce"),
        reader.Amount("value"),
        reader.Bool("succeeded"),
        reader.Amount("gas_used"),
        reader.Amount("effective_gas_price"),
        reader.AmountOrNull("data_fee"));

    private static string KeyOf(ChainTransaction transaction) => ChainTransaction.KeyOf(transaction.Chain, transaction.From);

    private static void RequireFollows(ChainState current, FetchedBlock block)
    {
        bool follows = current.Tip is { } tip
            ? block.Ref.Number == tip.Number + 1 && block.ParentHash == tip.Hash
            : block.Ref.Number == current.Start;
        if (!follows)
            throw new StaleWriteException(
                $"Block {block.Ref.Number} of chain {current.Chain} does not follow the tip {current.Tip?.Number}.");
    }

    private static Task<IReadOnlyList<Hash32>> CanonicalAtAsync(
        DbSession session, long chain, long number, CancellationToken cancellationToken)
    {
        const string sql =
            "select hash from indexing.block where chain_id = @chain and number = @number and status in ('canonical', 'final')";
        return session.Sql(sql).With("chain", chain).With("number", number).ReadAsync(reader => reader.Hash("hash"), cancellationToken);
    }

    // A block that was orphaned and comes back is another incarnation: everything of it happens again.
    private static Task<int> InsertBlockAsync(DbSession session, FetchedBlock block, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into indexing.block (chain_id, hash, incarnation, number, parent_hash, block_time, proof, header_proof)
            select @chain, @hash, coalesce(max(incarnation), 0) + 1, @number, @parent, @time, @proof, @header_proof
            from   indexing.block
            where  chain_id = @chain and hash = @hash
            returning incarnation
            """;
        return session.Sql(sql)
            .With("chain", block.Chain).With("hash", block.Ref.Hash).With("number", block.Ref.Number)
            .With("parent", block.ParentHash).With("time", block.Time).With("proof", block.Proof)
            .With("header_proof", block.HeaderProof)
            .ScalarAsync<int>(cancellationToken);
    }

    private static Task<int> MoveTipAsync(DbSession session, long chain, BlockRef? tip, CancellationToken cancellationToken) =>
        session.Sql("update indexing.chain set tip_number = @number, tip_hash = @hash, backfill_target = null where chain_id = @chain")
            .With("chain", chain).With("number", tip?.Number).With("hash", tip?.Hash).ExecuteAsync(cancellationToken);

    private static Task<IReadOnlyList<ChainTransaction>> TransactionsAsync(
        DbSession session, long chain, long above, long to, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select {TransactionColumns}
            from   indexing.v_transaction
            where  chain_id = @chain and block_number > @above and block_number <= @to and is_canonical
            order  by block_number, tx_index
            """;
        return session.Sql(sql).With("chain", chain).With("above", above).With("to", to).ReadAsync(ReadTransaction, cancellationToken);
    }

    private static async Task MoveBlocksAsync(
        DbSession session, ChainState current, long above, long to, string status, string reason, CancellationToken cancellationToken)
    {
        const string sql = """
            with moved as (
                update indexing.block
                set    status = @status
                where  chain_id = @chain and number > @above and number <= @to and status = 'canonical'
                returning chain_id, hash, incarnation)
            insert into indexing.block_history (chain_id, hash, incarnation, from_status, to_status, reason, epoch)
            select chain_id, hash, incarnation, 'canonical', @status, @reason, @epoch from moved
            """;
        int moved = await session.Sql(sql)
            .With("chain", current.Chain).With("above", above).With("to", to).With("status", status).With("reason", reason)
            .With("epoch", current.Epoch)
            .ExecuteAsync(cancellationToken);
        if (moved != to - above)
            throw new InvalidOperationException(
                $"{moved} blocks of chain {current.Chain} between {above} and {to} became {status}, not all.");
    }

    // A rollback in several transactions is one reorg: while no block was appended in between, the last row ends at our tip and grows.
    private static async Task WriteReorgAsync(
        DbSession session, ChainState current, BlockRef tip, BlockRef? target, int depth, int transactions,
        CancellationToken cancellationToken)
    {
        const string growSql = """
            update indexing.reorg
            set    ancestor_number = @to_number, ancestor_hash = @to_hash, depth = depth + @depth,
                   transactions = transactions + @transactions
            where  id = (select max(id) from indexing.reorg where chain_id = @chain) and ancestor_hash = @from_hash
            """;
        const string insertSql = """
            insert into indexing.reorg (chain_id, from_number, from_hash, ancestor_number, ancestor_hash, depth, transactions)
            values (@chain, @from_number, @from_hash, @to_number, @to_hash, @depth, @transactions)
            """;
        Statement With(string sql) => session.Sql(sql)
            .With("chain", current.Chain).With("from_number", tip.Number).With("from_hash", tip.Hash)
            .With("to_number", target?.Number).With("to_hash", target?.Hash).With("depth", depth).With("transactions", transactions);
        if (await With(growSql).ExecuteAsync(cancellationToken) == 0)
            await With(insertSql).ExecuteAsync(cancellationToken);
    }
}
