using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing.Backfill;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Indexing.Gaps;

/// <summary>
/// Adds to final blocks behind the tip what of them is missing: rows, and the fact of each transaction, in one transaction under the
/// chain's lock. What is there stays as it is, so the same may be added twice, by two processes too.
/// </summary>
internal sealed class GapStore(UnitOfWork unitOfWork, ChainStore chains, BackfillRowWriter copy, FactWriter facts)
{
    /// <param name="chain">The chain.</param>
    /// <param name="blocks">What of final blocks concerns us, each with a hash that enough providers hold.</param>
    /// <param name="alongside">What is written in the same transaction, told how many transactions were missing.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many transactions were missing.</returns>
    /// <exception cref="NodeFaultException">Another block is final there: nothing was written.</exception>
    /// <exception cref="StaleWriteException">The chain was halted, or a block is not final.</exception>
    public Task<int> CloseAsync(
        long chain, IReadOnlyList<RelevantBlock> blocks, Func<DbSession, int, CancellationToken, Task> alongside,
        CancellationToken cancellationToken) => unitOfWork.RunAsync(
            async (session, token) =>
            {
                ChainState state = await chains.LockUnheldAsync(session, chain, token);
                if (blocks.Any(block => block.Block.Ref.Number > (state.Final?.Number ?? -1)))
                    throw new StaleWriteException($"Chain {chain} is final up to {state.Final?.Number} only.");
                int added = await AddAsync(session, chain, [.. blocks.Where(block => block.Part.Transactions.Count > 0)], token);
                await alongside(session, added, token);
                return added;
            },
            cancellationToken);

    private async Task<int> AddAsync(
        DbSession session, long chain, IReadOnlyList<RelevantBlock> blocks, CancellationToken cancellationToken)
    {
        if (blocks.Count == 0)
            return 0;
        Dictionary<Hash32, int> known = await FinalAsync(session, chain, blocks, cancellationToken);
        List<FetchedBlock> unknown = [.. blocks.Select(block => block.Block).Where(block => !known.ContainsKey(block.Ref.Hash))];
        IReadOnlyDictionary<Hash32, int> incarnations = await BackfillStore.IncarnationsAsync(session, chain, unknown, cancellationToken);
        HashSet<(Hash32 Block, int Incarnation, Hash32 Transaction)> there = await TransactionsAsync(
            session, chain, blocks, cancellationToken);
        List<FetchedTransaction> missing =
        [
            .. from block in blocks
               let incarnation = known.GetValueOrDefault(block.Block.Ref.Hash, incarnations.GetValueOrDefault(block.Block.Ref.Hash, 1))
               from fetched in block.Part.Transactions
               where !there.Contains((block.Block.Ref.Hash, incarnation, fetched.Transaction.TxHash))
               select fetched.In(incarnation),
        ];
        await copy.BlocksAsync(session, [.. unknown.Select(block => (block, incarnations[block.Ref.Hash]))], cancellationToken);
        await copy.TransactionsAsync(session, missing, cancellationToken);
        await copy.LogsAsync(session, missing, cancellationToken);
        await facts.CopyManyAsync(
            session,
            missing.Select(fetched => (
                ChainTransaction.KeyOf(chain, fetched.Transaction.From), new TransactionFinalized(fetched.Transaction, AtOnce: true))),
            cancellationToken);
        return missing.Count;
    }

    // The final blocks at those heights and their incarnations.
    private static async Task<Dictionary<Hash32, int>> FinalAsync(
        DbSession session, long chain, IReadOnlyList<RelevantBlock> blocks, CancellationToken cancellationToken)
    {
        const string sql = """
            select number, hash, incarnation from indexing.block
            where  chain_id = @chain and number = any (@numbers) and status in ('canonical', 'final')
            """;
        Dictionary<long, Hash32> theirs = blocks.ToDictionary(block => block.Block.Ref.Number, block => block.Block.Ref.Hash);
        IReadOnlyList<(long Number, Hash32 Hash, int Incarnation)> ours = await session.Sql(sql).With("chain", chain)
            .WithArray("numbers", [.. theirs.Keys], NpgsqlDbType.Bigint)
            .ReadAsync(reader => (reader.Long("number"), reader.Hash("hash"), reader.Int("incarnation")), cancellationToken);
        foreach ((long number, Hash32 hash, _) in ours)
        {
            if (theirs[number] != hash)
                throw new NodeFaultException(provider: null, $"they have {theirs[number]} at height {number}, where {hash} is final");
        }

        return ours.ToDictionary(block => block.Hash, block => block.Incarnation);
    }

    private static async Task<HashSet<(Hash32 Block, int Incarnation, Hash32 Transaction)>> TransactionsAsync(
        DbSession session, long chain, IReadOnlyList<RelevantBlock> blocks, CancellationToken cancellationToken)
    {
        const string sql = """
            select block_hash, incarnation, tx_hash from indexing.transaction where chain_id = @chain and tx_hash = any (@hashes)
            """;
        return
        [
            .. await session.Sql(sql).With("chain", chain)
                .WithArray(
                    "hashes",
                    [.. blocks.SelectMany(block => block.Part.Transactions.Select(fetched => fetched.Transaction.TxHash))],
                    NpgsqlDbType.Bytea)
                .ReadAsync(reader => (reader.Hash("block_hash"), reader.Int("incarnation"), reader.Hash("tx_hash")), cancellationToken),
        ];
    }
}
