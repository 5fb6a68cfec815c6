using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Indexing;

/// <summary>What came of re-anchoring a chain.</summary>
internal abstract record ReAnchorResult
{
    private ReAnchorResult()
    {
    }

    /// <summary>The chain goes on from the block. Undone are the final transactions of ours that were above it.</summary>
    internal sealed record Done(long Number, long Orphaned, long FinalTakenBack, IReadOnlyList<ChainTransaction> Undone) : ReAnchorResult;

    /// <summary>Nothing was written. Affected are final transactions of ours above the block, oldest first.</summary>
    internal sealed record Refused(string Code, string Detail, IReadOnlyList<ChainTransaction> Affected) : ReAnchorResult;
}

/// <summary>
/// Ends the halt of a chain at one of our final blocks, by an administrator's hand alone: the database refuses it to the service's role.
/// Where final transactions of ours are above the block, they are undone only when that is asked for by name: each is a fact that
/// compensates what it settled, and nothing that was recorded is changed.
/// </summary>
internal sealed class ChainReAnchor(FactWriter facts)
{
    private const int BlocksMax = 100_000;
    private const int UndoneMax = 10_000;

    private const string TransactionColumns =
        "chain_id, block_number, block_hash, incarnation, block_time, tx_hash, tx_index, \"from\", \"to\", nonce, value, succeeded, "
        + "gas_used, effective_gas_price, data_fee";

    private sealed record Standing(bool IsHalted, BlockRef? Tip, BlockRef? Final);

    /// <summary>In the caller's transaction, which also writes the audit.</summary>
    /// <param name="undoesSettled">Whether final transactions of ours above the block are undone; else they refuse it.</param>
    public async Task<ReAnchorResult> RunAsync(
        DbSession session, long chain, Hash32 block, bool undoesSettled, CancellationToken cancellationToken)
    {
        if (await LockAsync(session, chain, cancellationToken) is not { IsHalted: true, Tip: { } tip, Final: { } final })
            return Refuse("not_halted", $"Chain {chain} is not halted.");
        IReadOnlyList<long> heights = await session
            .Sql("select number from indexing.block where chain_id = @chain and hash = @hash and status = 'final'")
            .With("chain", chain).With("hash", block).ReadAsync(reader => reader.GetInt64(0), cancellationToken);
        if (heights.Count != 1)
            return Refuse("not_final", $"{block} is no final block of chain {chain} here.");
        long anchor = heights[0];
        if (tip.Number - anchor > BlocksMax)
            return Refuse("too_deep", $"{tip.Number - anchor} blocks are above it; at most {BlocksMax} are taken back.");
        IReadOnlyList<ChainTransaction> settled = await AboveAsync(session, chain, anchor, "final", UndoneMax + 1, cancellationToken);
        if (settled.Count > 0 && !undoesSettled)
            return new ReAnchorResult.Refused(
                "settled_above", "Final transactions of ours are above it: they are undone only when that is asked for.", settled);
        if (settled.Count > UndoneMax)
            return Refuse("too_many", $"More than {UndoneMax} final transactions of ours are above it.");

        // What a foreign transaction, or no transaction, decided of our nonces cannot be undone: what had happened before is not known.
        if (await session.Sql("""
                select exists (select from execution.v_resolved_slot
                               where chain_id = @chain and block_number > @anchor and state in ('adopted', 'externally_consumed'))
                """).With("chain", chain).With("anchor", anchor).ScalarAsync<bool>(cancellationToken))
            return Refuse("resolved_above", "Nonces of ours were consumed by others above it: that is not undone by a command.");

        if (await IsAnyUnsettledAsync(session, chain, anchor, cancellationToken))
            return Refuse("not_settled_yet", "Execution has not heard of all final transactions above it yet: try again in a moment.");

        IReadOnlyList<ChainTransaction> tentative = await AboveAsync(session, chain, anchor, "canonical", int.MaxValue, cancellationToken);
        if (settled.Count > 0)
            await RecordUndoneAsync(session, chain, anchor, cancellationToken);
        long orphaned = await OrphanAsync(session, chain, anchor, cancellationToken);
        if (orphaned > 0)
            await WriteReorgAsync(
                session, chain, tip, new BlockRef(anchor, block), orphaned, tentative.Count + settled.Count, cancellationToken);
        await MoveAsync(session, chain, new BlockRef(anchor, block), cancellationToken);
        foreach (string provider in await ReleaseAsync(session, chain, cancellationToken))
            await facts.AppendAsync(
                session, $"chain:{chain}", owner: null, new ProviderReleased(chain, provider), cancellationToken);
        await facts.AppendManyAsync(
            session,
            [.. tentative.Reverse().Select(transaction => (
                ChainTransaction.KeyOf(transaction.Chain, transaction.From), new TransactionOrphaned(transaction)))],
            cancellationToken);
        await facts.AppendManyAsync(
            session,
            [.. settled.Reverse().Select(transaction => (
                ChainTransaction.KeyOf(transaction.Chain, transaction.From), new TransactionUndone(transaction)))],
            cancellationToken);
        var done = new ReAnchorResult.Done(anchor, orphaned, final.Number - anchor, settled);
        await facts.AppendAsync(
            session, $"chain:{chain}", owner: null,
            new ChainReAnchored(chain, anchor, block, orphaned, done.FinalTakenBack, settled.Count), cancellationToken);
        session.WakeWorkersAfterCommit();
        return done;
    }

    // What they contradicted may be what is given up here. Who contradicts what becomes final now is found again.
    private static Task<IReadOnlyList<string>> ReleaseAsync(DbSession session, long chain, CancellationToken cancellationToken) =>
        session.Sql("""
            update indexing.provider set quarantined_at = null, contradicted = null
            where  chain_id = @chain and quarantined_at is not null
            returning name
            """)
            .With("chain", chain).ReadAsync(reader => reader.Text("name"), cancellationToken);

    // A nonce that hears late that it was final would not hear that it is not.
    private static Task<bool> IsAnyUnsettledAsync(DbSession session, long chain, long anchor, CancellationToken cancellationToken) =>
        session.Sql("""
            select exists (select from indexing.v_transaction t
                           join execution.v_slot s on s.chain_id = t.chain_id and s.account = t."from" and s.nonce = t.nonce
                           where t.chain_id = @chain and t.block_number > @anchor and t.status = 'final'
                           and   (s.state not in ('finalized', 'filled') or s.block_hash <> t.block_hash))
            """)
            .With("chain", chain).With("anchor", anchor).ScalarAsync<bool>(cancellationToken);

    private static ReAnchorResult.Refused Refuse(string code, string detail) => new(code, detail, []);

    private static Task<Standing?> LockAsync(DbSession session, long chain, CancellationToken cancellationToken) =>
        session.Sql("""
            select halted_at is not null as halted, tip_number, tip_hash, final_number, final_hash
            from   indexing.chain where chain_id = @chain for update
            """)
            .With("chain", chain).ReadSingleAsync(
                reader => new Standing(
                    reader.Bool("halted"),
                    reader.HashOrNull("tip_hash") is { } tip ? new BlockRef(reader.Long("tip_number"), tip) : null,
                    reader.HashOrNull("final_hash") is { } final ? new BlockRef(reader.Long("final_number"), final) : null),
                cancellationToken);

    private static Task<IReadOnlyList<ChainTransaction>> AboveAsync(
        DbSession session, long chain, long anchor, string status, int limit, CancellationToken cancellationToken) =>
        session.Sql($"""
            select {TransactionColumns} from indexing.v_transaction
            where  chain_id = @chain and block_number > @anchor and status = @status
            order  by block_number, tx_index limit @limit
            """)
            .With("chain", chain).With("anchor", anchor).With("status", status).With("limit", limit)
            .ReadAsync(BlockStore.ReadTransaction, cancellationToken);

    private static Task<int> RecordUndoneAsync(DbSession session, long chain, long anchor, CancellationToken cancellationToken) =>
        session.Sql("""
            insert into indexing.undone (chain_id, tx_hash, block_hash, incarnation, block_number, sender, nonce)
            select chain_id, tx_hash, block_hash, incarnation, block_number, "from", nonce from indexing.v_transaction
            where  chain_id = @chain and block_number > @anchor and status = 'final'
            """)
            .With("chain", chain).With("anchor", anchor).ExecuteAsync(cancellationToken);

    private static Task<int> OrphanAsync(DbSession session, long chain, long anchor, CancellationToken cancellationToken) =>
        session.Sql("""
            with before as (
                select chain_id, hash, incarnation, status from indexing.block
                where  chain_id = @chain and number > @anchor and status in ('canonical', 'final')),
            moved as (
                update indexing.block b set status = 'orphaned' from before
                where  b.chain_id = before.chain_id and b.hash = before.hash and b.incarnation = before.incarnation)
            insert into indexing.block_history (chain_id, hash, incarnation, from_status, to_status, reason, epoch)
            select b.chain_id, b.hash, b.incarnation, b.status, 'orphaned', 're-anchored', c.lease_epoch
            from   before b join indexing.chain c on c.chain_id = b.chain_id
            """)
            .With("chain", chain).With("anchor", anchor).ExecuteAsync(cancellationToken);

    private static Task<int> WriteReorgAsync(
        DbSession session, long chain, BlockRef tip, BlockRef anchor, long depth, int transactions, CancellationToken cancellationToken) =>
        session.Sql("""
            insert into indexing.reorg (chain_id, from_number, from_hash, ancestor_number, ancestor_hash, depth, transactions)
            values (@chain, @from_number, @from_hash, @to_number, @to_hash, @depth, @transactions)
            """)
            .With("chain", chain).With("from_number", tip.Number).With("from_hash", tip.Hash).With("to_number", anchor.Number)
            .With("to_hash", anchor.Hash).With("depth", (int)depth).With("transactions", transactions).ExecuteAsync(cancellationToken);

    // The epoch rises: a process that followed the chain before can write nothing more of what it remembers. What comes above the block may
    // go in its time, as if nothing had gone there before.
    private static Task<int> MoveAsync(DbSession session, long chain, BlockRef anchor, CancellationToken cancellationToken) =>
        session.Sql("""
            update indexing.chain
            set    tip_number = @number, tip_hash = @hash, final_number = @number, final_hash = @hash, halted_at = null, halt_reason = null,
                   pruned_to = case when pruned_to > @number then @number + 1 else pruned_to end,
                   lease_epoch = lease_epoch + 1, leased_by = null, leased_until = null
            where  chain_id = @chain
            """)
            .With("chain", chain).With("number", anchor.Number).With("hash", anchor.Hash).ExecuteAsync(cancellationToken);
}
