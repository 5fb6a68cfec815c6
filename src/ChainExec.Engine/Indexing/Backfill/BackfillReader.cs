using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// Reads a range of final blocks: the logs of listed tokens in one question, every block's transactions unless the profile does without,
/// and the receipts of those blocks alone that have something of ours. What is answered is compared with the headers: logs that a
/// header's bloom filter speaks of and that were not given are a suspicion, which the block's receipts settle.
/// </summary>
internal sealed partial class BackfillReader(
    ChainNodes nodes, ChainEndpoints endpoints, WatchSet watch, AssetStore assets, OpenSlots slots, IEnumerable<IWatchedLogs> watched,
    ILogger<BackfillReader> logger)
{
    /// <summary>Up to so many addresses are named in the question; above, all transfers of the tokens are read.</summary>
    private const int NamedMax = 200;

    private readonly IReadOnlyList<IWatchedLogs> _watched = [.. watched];

    // Slots are dated by the database, blocks by the chain: so far apart the two clocks may be.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    private static readonly IEqualityComparer<IReadOnlyList<RpcBlock?>> SameBlocks = EqualityComparer<IReadOnlyList<RpcBlock?>>.Create(
        (left, right) => left is not null && right is not null
            && left.Select(block => block?.Hash).SequenceEqual(right.Select(block => block?.Hash)),
        blocks => blocks.Count);

    private static readonly IEqualityComparer<IReadOnlyList<IReadOnlyList<RpcReceipt>?>> SameReceipts =
        EqualityComparer<IReadOnlyList<IReadOnlyList<RpcReceipt>?>>.Create(
            (left, right) => ReferenceEquals(left, right), receipts => receipts.Count);

    private ChainProfile Profile => nodes.Profile;

    /// <summary>Reads the range up to a height that is final.</summary>
    /// <exception cref="NodeFaultException">A provider contradicted itself or another one.</exception>
    /// <exception cref="RpcException">Too few could be asked.</exception>
    public async Task<BackfillPiece> ReadAsync(long from, long to, CancellationToken cancellationToken)
    {
        // Before anything is read: what is registered or listed afterwards shows as a difference when the piece is written.
        int watched = watch.Version;
        AssetSnapshot listed = await assets.SnapshotAsync(Profile.Id, cancellationToken);
        IReadOnlyList<Address> tokens = [.. listed.All.Select(asset => asset.Contract).OfType<Address>()];
        AgreedBlock agreed = await nodes.AgreedNowAsync(to, cancellationToken)
            ?? throw new NodeFaultException(provider: null, $"they do not agree on the final block {to}");
        FetchedBlock end = new(Profile.Id, agreed.Ref, agreed.ParentHash, agreed.Time, [], BlockProof.None);
        if (watch.Count == 0)
            return new BackfillPiece(from, ParentHash: null, end, [], PieceReads.Nothing, BlockProof.None, watched, tokens);

        RpcEndpointSet set = await endpoints.GetAsync(cancellationToken);
        bool readsTransactions = Profile.Backfill == BackfillReads.Transactions
            || (await slots.OldestAsync(Profile.Id, cancellationToken) is { } oldest && agreed.Time >= oldest - ClockTolerance);
        LogQuestion question = LogQuestion.Of(tokens, watch.AllWhenAtMost(NamedMax));
        Task<ILookup<Hash32, RpcLog>> logsTask = LogsAsync(set, question, from, to, readsTransactions, cancellationToken);
        Task<(string Provider, IReadOnlyList<RpcBlock> Blocks)> blocksTask = readsTransactions
            ? RangeAsync(set, from, agreed, cancellationToken)
            : Task.FromResult<(string, IReadOnlyList<RpcBlock>)>(("", []));
        await Task.WhenAll(logsTask, blocksTask);
        ILookup<Hash32, RpcLog> logs = await logsTask;
        (string provider, IReadOnlyList<RpcBlock> blocks) = await blocksTask;
        if (!readsTransactions)
            (provider, blocks) = await NamedAsync(set, logs, agreed, cancellationToken);

        IReadOnlyList<RpcBlock> wanted = Wanted(blocks, logs, question);
        IReadOnlyList<RelevantBlock> relevant = await RelevantAsync(set, wanted, logs, question, listed, agreed, cancellationToken);
        return new BackfillPiece(
            from,
            readsTransactions ? blocks[0].ParentHash : null,
            end,
            relevant,
            readsTransactions ? PieceReads.Transactions : PieceReads.Logs,
            readsTransactions && Profile.Completeness != Completeness.None ? BlockProof.Bloom : BlockProof.None,
            watched,
            tokens);
    }

    // Without headers nothing shows what a provider left out, so then as many must say the same as finality demands.
    private async Task<ILookup<Hash32, RpcLog>> LogsAsync(
        RpcEndpointSet set, LogQuestion question, long from, long to, bool hasHeaders, CancellationToken cancellationToken)
    {
        RpcReadMode mode = hasHeaders ? RpcReadMode.FreshestHead : RpcReadMode.Quorum(Profile.FinalityQuorum);
        var logs = new Dictionary<(Hash32 Block, int Index), RpcLog>();
        foreach (RpcLogFilter filter in question.Filters)
        {
            (_, IReadOnlyList<RpcLog> read) = Found(
                await set.ReadLogsAsync(filter, (ulong)from, (ulong)to, mode, cancellationToken), $"logs of blocks {from} to {to}");
            foreach (RpcLog log in read)
                logs[(log.BlockHash, log.LogIndex)] = log;
        }

        return logs.Values.ToLookup(log => log.BlockHash);
    }

    private async Task<(string Provider, IReadOnlyList<RpcBlock> Blocks)> RangeAsync(
        RpcEndpointSet set, long from, AgreedBlock end, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlockTag> tags = [.. Enumerable.Range(0, (int)(end.Ref.Number - from + 1)).Select(
            offset => BlockTag.Number((ulong)(from + offset)))];
        (string provider, IReadOnlyList<RpcBlock?> read) = Found(
            await set.ReadAsync<IReadOnlyList<RpcBlock?>>(
                async (client, token) => await client.GetBlocksAsync(tags, fullTransactions: true, token),
                RpcReadMode.FreshestHead, SameBlocks, atLeast: (ulong)end.Ref.Number, cancellationToken),
            $"blocks {from} to {end.Ref.Number}");
        var blocks = new List<RpcBlock>(read.Count);
        foreach (RpcBlock? block in read)
        {
            RpcBlock present = block
                ?? throw new NodeFaultException(provider, $"it does not have all blocks from {from} to {end.Ref.Number}");
            if (blocks.Count > 0 && present.ParentHash != blocks[^1].Hash)
                throw new NodeFaultException(provider, $"its blocks {present.Number - 1} and {present.Number} do not follow each other");
            blocks.Add(present);
        }

        return blocks[^1].Hash == end.Ref.Hash
            ? (provider, blocks)
            : throw new NodeFaultException(provider, $"its block {end.Ref.Number} is {blocks[^1].Hash}, others have {end.Ref.Hash}");
    }

    // The blocks that the logs name, by their hashes.
    private async Task<(string Provider, IReadOnlyList<RpcBlock> Blocks)> NamedAsync(
        RpcEndpointSet set, ILookup<Hash32, RpcLog> logs, AgreedBlock end, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlockTag> tags = [.. logs.OrderBy(block => block.First().BlockNumber).Select(block => BlockTag.Hash(block.Key))];
        if (tags.Count == 0)
            return ("", []);
        (string provider, IReadOnlyList<RpcBlock?> read) = Found(
            await set.ReadAsync<IReadOnlyList<RpcBlock?>>(
                async (client, token) => await client.GetBlocksAsync(tags, fullTransactions: true, token),
                RpcReadMode.FreshestHead, SameBlocks, atLeast: (ulong)end.Ref.Number, cancellationToken),
            $"{tags.Count} blocks by hash");
        return (provider, [.. read.Select(block => block
            ?? throw new NodeFaultException(provider, "it does not have the block of a log that was given"))]);
    }

    private IReadOnlyList<RpcBlock> Wanted(IReadOnlyList<RpcBlock> blocks, ILookup<Hash32, RpcLog> logs, LogQuestion question)
    {
        var wanted = new List<RpcBlock>();
        foreach (RpcBlock block in blocks)
        {
            var candidates = new HashSet<Address>();
            foreach (RpcTransaction transaction in block.Transactions ?? [])
            {
                candidates.Add(transaction.From);
                if (transaction.To is { } to && !transaction.Value.IsZero)
                    candidates.Add(to);
            }

            bool hasLogs = false;
            foreach (RpcLog log in logs[block.Hash])
            {
                hasLogs = true;
                if (ObservedMovements.TransferOf(new ObservedLog(log.LogIndex, log.Address, log.Topics, log.Data)) is not { } transfer)
                    continue;
                candidates.Add(transfer.From);
                candidates.Add(transfer.To);
            }

            bool isSuspect = !hasLogs && Profile.Completeness != Completeness.None && question.MayBeIn(block.LogsBloom);
            if (isSuspect || watch.Among(candidates).Count > 0)
                wanted.Add(block);
        }

        return wanted;
    }

    private async Task<IReadOnlyList<RelevantBlock>> RelevantAsync(
        RpcEndpointSet set, IReadOnlyList<RpcBlock> wanted, ILookup<Hash32, RpcLog> logs, LogQuestion question, AssetSnapshot listed,
        AgreedBlock end, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
            return [];
        IReadOnlyList<Hash32> hashes = [.. wanted.Select(block => block.Hash)];
        (string provider, IReadOnlyList<IReadOnlyList<RpcReceipt>?> receipts) = Found(
            await set.ReadAsync<IReadOnlyList<IReadOnlyList<RpcReceipt>?>>(
                async (client, token) => await client.GetBlockReceiptsAsync(hashes, token),
                RpcReadMode.FreshestHead, SameReceipts, atLeast: (ulong)end.Ref.Number, cancellationToken),
            $"receipts of {hashes.Count} blocks");
        var relevant = new List<RelevantBlock>(wanted.Count);
        for (int index = 0; index < wanted.Count; index++)
        {
            IReadOnlyList<RpcReceipt> given = receipts[index]
                ?? throw new NodeFaultException(provider, $"it has no receipts of block {wanted[index].Hash}");
            FetchedBlock block = BlockAssembly.Of(provider, Profile, wanted[index], given);
            CompareLogs(provider, block, given, [.. logs[block.Ref.Hash]], question);
            RelevantPart part = BlockRelevance.Select(block, watch.Among(BlockRelevance.Candidates(block)), listed, _watched);
            if (part.Transactions.Count > 0 || part.UnlistedMovements.Count > 0)
                relevant.Add(new RelevantBlock(block with { Transactions = [] }, part));
        }

        return relevant;
    }

    // The receipts are what counts, proved by their root where the chain has one. A log that was given and is in no receipt was invented;
    // one that is in a receipt and was not given was left out: nothing is lost by it, and whoever reads the log knows whom not to trust.
    private void CompareLogs(
        string provider, FetchedBlock block, IReadOnlyList<RpcReceipt> receipts, IReadOnlyList<RpcLog> given, LogQuestion question)
    {
        Dictionary<int, RpcLog> real = receipts.SelectMany(receipt => receipt.Logs).ToDictionary(log => log.LogIndex);
        foreach (RpcLog log in given)
        {
            if (!real.TryGetValue(log.LogIndex, out RpcLog? receipt) || receipt.Address != log.Address
                || !receipt.Topics.SequenceEqual(log.Topics) || !receipt.Data.Span.SequenceEqual(log.Data.Span))
                throw new NodeFaultException(provider, $"the log {log.LogIndex} of block {block.Ref.Hash} is not the one of its receipts");
        }

        int missing = real.Values.Count(question.Matches) - given.Count;
        if (missing > 0)
            LogLeftOut(Profile.Id, missing, block.Ref.Number, block.Ref.Hash, block.Proof);
    }

    private static (string Provider, T Value) Found<T>(RpcFinding<T> finding, string what) => finding is RpcFound<T> found
        ? (found.Witnesses.First(witness => witness.Said == RpcTestimony.Value).Provider, found.Value)
        : throw finding.Witnesses.Select(witness => witness.Error).OfType<RpcException>().FirstOrDefault()
            ?? (Exception)new NodeFaultException(
                provider: null, $"{what}: {(finding as RpcUndetermined<T>)?.Reason ?? "they have no such thing"}");

    [LoggerMessage(EventId = 2112, Level = LogLevel.Warning,
        Message = "Chain {Chain}: {Missing} logs of block {Number} ({Hash}) were left out of an answer to eth_getLogs; its receipts have "
            + "them (proof: {Proof})")]
    private partial void LogLeftOut(long chain, int missing, long number, Hash32 hash, BlockProof proof);
}
