using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// Appends a range of final blocks to a tip that is final itself: rows by COPY, facts, tip and final head in one short transaction under
/// the chain's lock. After a crash the tip says where to go on; nothing is read twice into the tables and nothing is skipped.
/// </summary>
internal sealed class BackfillStore(
    UnitOfWork unitOfWork, ChainStore chains, AssetStore assets, RelevantRowWriter rows, BackfillRowWriter copy, FactWriter facts)
{
    /// <summary>Takes up the accounts that are registered now, before the first range is read by them.</summary>
    public Task RefreshAsync(WatchSet watch, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync((session, token) => watch.RefreshAsync(session, token), cancellationToken);

    /// <returns>The state afterwards; nothing when accounts or tokens came since the range was read, which has to be read again.</returns>
    /// <exception cref="StaleWriteException">The chain was taken over or halted, or the tip moved.</exception>
    public async Task<ChainState?> ApplyAsync(
        ChainState state, BackfillPiece piece, WatchSet watch, long target, CancellationToken cancellationToken)
    {
        ChainState? after = await unitOfWork.RunAsync(
            async (session, token) =>
            {
                ChainState current = await chains.LockAsync(session, state.Chain, state.Epoch, token);
                RequireFollows(current, piece);
                await watch.RefreshAsync(session, token);
                AssetSnapshot listed = await assets.SnapshotAsync(session, state.Chain, token);
                if (watch.Version != piece.Watched || listed.All.Count(asset => asset.Contract is not null) != piece.Tokens.Count)
                    return null;
                await WriteAsync(session, current, piece, token);
                await MoveAsync(session, state.Chain, piece.End.Ref, target, token);
                return current with { Tip = piece.End.Ref, Final = piece.End.Ref };
            },
            cancellationToken);
        if (after is not null)
            Boundary.Passed(Boundary.BlockCommitted);
        return after;
    }

    private async Task WriteAsync(DbSession session, ChainState current, BackfillPiece piece, CancellationToken cancellationToken)
    {
        List<RelevantBlock> kept = [.. piece.Blocks.Where(block => block.Part.Transactions.Count > 0)];
        List<FetchedBlock> written = [.. kept.Select(block => block.Block)];
        if (written.Count == 0 || written[^1].Ref != piece.End.Ref)
            written.Add(piece.End);
        IReadOnlyDictionary<Hash32, int> incarnations = await IncarnationsAsync(session, current.Chain, written, cancellationToken);
        List<FetchedTransaction> transactions = [.. kept.SelectMany(
            block => block.Part.Transactions.Select(fetched => fetched.In(incarnations[block.Block.Ref.Hash])))];

        await copy.BlocksAsync(
            session, [.. written.Select(block => (block, incarnations[block.Ref.Hash]))], cancellationToken);
        await copy.TransactionsAsync(session, transactions, cancellationToken);
        int logs = await copy.LogsAsync(session, transactions, cancellationToken);
        var unlisted = piece.Blocks.SelectMany(block => block.Part.UnlistedMovements).GroupBy(entry => entry.Key)
            .ToDictionary(group => group.Key, group => group.Sum(entry => entry.Value));
        if (unlisted.Count > 0)
            await rows.CountUnlistedAsync(session, current.Chain, unlisted, cancellationToken);
        await NoteRangeAsync(session, current, piece, transactions.Count, logs, cancellationToken);
        await facts.CopyManyAsync(
            session, transactions.Select(fetched => (KeyOf(fetched), new TransactionFinalized(fetched.Transaction, AtOnce: true))),
            cancellationToken);
        Boundary.Passed(Boundary.BlockOpen);
    }

    private static string KeyOf(FetchedTransaction fetched) =>
        ChainTransaction.KeyOf(fetched.Transaction.Chain, fetched.Transaction.From);

    private static void RequireFollows(ChainState current, BackfillPiece piece)
    {
        bool follows = current.Tip == current.Final && (current.Tip is { } tip
            ? piece.From == tip.Number + 1 && (piece.ParentHash ?? tip.Hash) == tip.Hash
            : piece.From == current.Start);
        if (!follows)
            throw new StaleWriteException(
                $"Blocks {piece.From} to {piece.End.Ref.Number} of chain {current.Chain} do not follow the final tip "
                + $"{current.Tip?.Number}.");
    }

    /// <summary>A block that an administrator took back and that comes again is another incarnation.</summary>
    internal static async Task<IReadOnlyDictionary<Hash32, int>> IncarnationsAsync(
        DbSession session, long chain, IReadOnlyList<FetchedBlock> blocks, CancellationToken cancellationToken)
    {
        const string sql = """
            select hash, max(incarnation) as incarnation from indexing.block where chain_id = @chain and hash = any (@hashes) group by hash
            """;
        IReadOnlyList<(Hash32 Hash, int Incarnation)> known = await session.Sql(sql).With("chain", chain)
            .WithArray("hashes", [.. blocks.Select(block => block.Ref.Hash)], NpgsqlTypes.NpgsqlDbType.Bytea)
            .ReadAsync(reader => (reader.Hash("hash"), reader.Int("incarnation")), cancellationToken);
        Dictionary<Hash32, int> incarnations = blocks.ToDictionary(block => block.Ref.Hash, _ => FetchedTransaction.FirstIncarnation);
        foreach ((Hash32 hash, int incarnation) in known)
            incarnations[hash] = incarnation + 1;
        return incarnations;
    }

    private static Task<int> NoteRangeAsync(
        DbSession session, ChainState current, BackfillPiece piece, int transactions, int logs, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into indexing.backfill_range (chain_id, from_number, to_number, to_hash, reads, proof, header_proof, transactions, logs,
                                                 epoch)
            values (@chain, @from, @to, @hash, @reads, @proof, @header_proof, @transactions, @logs, @epoch)
            """;
        return session.Sql(sql)
            .With("chain", current.Chain).With("from", piece.From).With("to", piece.End.Ref.Number).With("hash", piece.End.Ref.Hash)
            .With("reads", piece.Reads).With("proof", piece.Proof).With("header_proof", piece.HeaderProof)
            .With("transactions", transactions).With("logs", logs).With("epoch", current.Epoch)
            .ExecuteAsync(cancellationToken);
    }

    private static Task<int> MoveAsync(DbSession session, long chain, BlockRef end, long target, CancellationToken cancellationToken)
    {
        const string sql = """
            update indexing.chain
            set    tip_number = @number, tip_hash = @hash, final_number = @number, final_hash = @hash, backfill_target = @target
            where  chain_id = @chain
            """;
        return session.Sql(sql).With("chain", chain).With("number", end.Number).With("hash", end.Hash).With("target", target)
            .ExecuteAsync(cancellationToken);
    }
}
