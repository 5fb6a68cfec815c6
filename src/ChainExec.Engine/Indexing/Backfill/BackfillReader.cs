using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Trie;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// Reads a range of final blocks: the logs of listed tokens in one question, every block's transactions unless the profile does without,
/// and the receipts of those blocks alone that have something of ours. What is answered is compared with the headers: a log of ours that a
/// header's bloom filter may speak of and that was not given is a suspicion, which the block's receipts settle.
/// </summary>
internal sealed partial class BackfillReader(
    ChainNodes nodes, ChainEndpoints endpoints, WatchSet watch, AssetStore assets, OpenSlots slots, WatchedEvents events,
    ILogger<BackfillReader> logger)
{
    /// <summary>Up to so many addresses are named in the question; above, all transfers of the tokens are read.</summary>
    private const int NamedMax = 200;

    // Slots are dated by the database, blocks by the chain: so far apart the two clocks may be.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    private static readonly ILookup<Hash32, RpcLog> NoLogs = Array.Empty<RpcLog>().ToLookup(log => log.BlockHash);

    // Whether most blocks that had a transaction had something of ours when a range was read last.
    private bool _isDense;

    private ChainProfile Profile => nodes.Profile;

    // The hashes of blocks are names, and what a transaction pays is in no receipt: blocks are believed when as many say the same as
    // finality demands.
    private RpcReadMode Believed => Profile.FinalityQuorum > 1 ? RpcReadMode.Quorum(Profile.FinalityQuorum) : RpcReadMode.FreshestHead;

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
        FetchedBlock end = new(Profile.Id, agreed.Ref, agreed.ParentHash, agreed.Time, [], BlockProof.None)
        {
            HeaderProof = agreed.Header.Proof,
        };
        LogQuestion question = LogQuestion.Of(tokens, watch.AllWhenAtMost(NamedMax), events);
        if (watch.Count == 0 && question.Filters.Count == 0)
            return new BackfillPiece(
                from, ParentHash: null, end, [], PieceReads.Nothing, BlockProof.None, RpcBlockProof.None, watched, tokens);

        RpcEndpointSet set = await endpoints.GetAsync(cancellationToken);
        bool readsTransactions = watch.Count > 0 && (Profile.Backfill == BackfillReads.Transactions
            || (await slots.OldestAsync(Profile.Id, cancellationToken) is { } oldest && agreed.Time >= oldest - ClockTolerance));
        // Where most blocks have something, their receipts are read anyway: what the logs would say is in them.
        bool readsAll = readsTransactions && Volatile.Read(ref _isDense) && Profile.Completeness == Completeness.Receipts;
        Task<ILookup<Hash32, RpcLog>> logsTask = readsAll
            ? Task.FromResult(NoLogs)
            : LogsAsync(set, question, from, to, readsTransactions, cancellationToken);
        Task<IReadOnlyList<RpcBlock>> blocksTask = readsTransactions
            ? BlocksAsync(set, Heights(from, to), blocks => CheckRange(blocks, agreed), agreed, cancellationToken)
            : Task.FromResult<IReadOnlyList<RpcBlock>>([]);
        await Task.WhenAll(logsTask, blocksTask);
        ILookup<Hash32, RpcLog> logs = await logsTask;
        IReadOnlyList<RpcBlock> blocks = await blocksTask;
        if (!readsTransactions)
            blocks = await BlocksAsync(set, Named(logs), check: static _ => null, agreed, cancellationToken);

        IReadOnlyList<RpcBlock> wanted = [.. blocks.Where(block => IsHollow(block) || (readsAll
            ? block.TransactionHashes.Count > 0
            : IsWanted(block, logs[block.Hash], question, listed)))];
        IReadOnlyList<RelevantBlock> relevant = await RelevantAsync(
            set, wanted, readsAll ? null : logs, question, listed, agreed, cancellationToken);
        if (readsTransactions)
            Volatile.Write(ref _isDense, relevant.Count * 2 > blocks.Count(block => block.TransactionHashes.Count > 0));
        return new BackfillPiece(
            from,
            readsTransactions ? blocks[0].ParentHash : null,
            end,
            relevant,
            readsTransactions ? PieceReads.Transactions : PieceReads.Logs,
            readsAll ? BlockProof.Receipts
                : readsTransactions && Profile.Completeness != Completeness.None ? BlockProof.Bloom
                : BlockProof.None,
            readsTransactions ? blocks.Min(block => block.Proof) : RpcBlockProof.None,
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
            IReadOnlyList<RpcLog> read = Found(
                await set.ReadLogsAsync(filter, (ulong)from, (ulong)to, mode, cancellationToken), $"logs of blocks {from} to {to}");
            foreach (RpcLog log in read)
                logs[(log.BlockHash, log.LogIndex)] = log;
        }

        return logs.Values.ToLookup(log => log.BlockHash);
    }

    private static IReadOnlyList<BlockTag> Heights(long from, long to) =>
        [.. Enumerable.Range(0, (int)(to - from + 1)).Select(offset => BlockTag.Number((ulong)(from + offset)))];

    private static IReadOnlyList<BlockTag> Named(ILookup<Hash32, RpcLog> logs) =>
        [.. logs.OrderBy(block => block.First().BlockNumber).Select(block => BlockTag.Hash(block.Key))];

    // What is wrong with a range of blocks, or nothing: they follow each other up to the block that the quorum holds final.
    private static string? CheckRange(IReadOnlyList<RpcBlock> blocks, AgreedBlock end)
    {
        for (int index = 1; index < blocks.Count; index++)
        {
            if (blocks[index].ParentHash != blocks[index - 1].Hash)
                return $"its blocks {blocks[index - 1].Number} and {blocks[index].Number} do not follow each other";
        }

        // Whoever gives the last one of another form than it has may give any of them so; by halves the range comes to where a form begins.
        if (end.Header.Proof != RpcBlockProof.None && blocks.FirstOrDefault(block => block.Proof == RpcBlockProof.None) is { } odd)
            return ChainNodes.NotProved(odd);
        return BlockContent.HaveSameHeader(blocks[^1], end.Header)
            ? null
            : $"its block {end.Ref.Number} ({blocks[^1].Hash}) has another header than the quorum's ({end.Ref.Hash})";
    }

    // Answers that are whole and pass the check: a provider that lags, lies or forks makes way for the next.
    private async Task<IReadOnlyList<RpcBlock>> BlocksAsync(
        RpcEndpointSet set, IReadOnlyList<BlockTag> tags, Func<IReadOnlyList<RpcBlock>, string?> check, AgreedBlock end,
        CancellationToken cancellationToken)
    {
        if (tags.Count == 0)
            return [];
        return Found(await set.ReadAsync(
            async (client, token) =>
            {
                IReadOnlyList<RpcBlock?> read = await client.GetBlocksAsync(tags, fullTransactions: true, token);
                List<RpcBlock> blocks = [.. read.OfType<RpcBlock>()];
                string? fault = blocks.Count < tags.Count ? $"it has {blocks.Count} of {tags.Count} blocks" : check(blocks);
                if (Profile.DemandsHeaderProof && blocks.Find(block => block.Proof != RpcBlockProof.Transactions) is { } unproved)
                    fault ??= ChainNodes.NotProved(unproved);
                return fault is null ? blocks : throw new RpcProtocolException(client.Name, fault);
            },
            Believed, BlockContent.Lists, atLeast: (ulong)end.Ref.Number, cancellationToken), $"{tags.Count} blocks");
    }

    // A block that claims to be empty under the root of something: whoever gave it left its transactions out.
    private bool IsHollow(RpcBlock block) => Profile.Completeness == Completeness.Receipts && block.TransactionHashes.Count == 0
        && block.ReceiptsRoot != OrderedTrie.EmptyRoot;

    private bool IsWanted(RpcBlock block, IEnumerable<RpcLog> logs, LogQuestion question, AssetSnapshot listed)
    {
        // A block that has something is read whole, which shows the rest of it; of the others the filter says whether they may have.
        foreach (RpcTransaction transaction in block.Transactions ?? [])
        {
            if (watch.Contains(transaction.From)
                || (transaction.To is { } to && !transaction.Value.IsZero && watch.Contains(to)))
                return true;
        }

        foreach (RpcLog log in logs)
        {
            if ((log.Topics is [var topic, ..] && events.Watches(log.Address, listed.Token(log.Address) is not null, topic))
                || (ObservedMovements.PartiesOf(new ObservedLog(log.LogIndex, log.Address, log.Topics, log.Data)) is { } parties
                    && (watch.Contains(parties.From) || watch.Contains(parties.To))))
                return true;
        }

        return Profile.Completeness != Completeness.None && question.MayBeIn(block.LogsBloom, watch);
    }

    private async Task<IReadOnlyList<RelevantBlock>> RelevantAsync(
        RpcEndpointSet set, IReadOnlyList<RpcBlock> wanted, ILookup<Hash32, RpcLog>? logs, LogQuestion question, AssetSnapshot listed,
        AgreedBlock end, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
            return [];
        IReadOnlyList<FetchedBlock> fetched = Found(
            await set.ReadAsync(
                async (client, token) => await AssembledAsync(client, wanted, token),
                Profile.Completeness == Completeness.Receipts ? RpcReadMode.FreshestHead : Believed, BlockContent.FetchedLists,
                atLeast: (ulong)end.Ref.Number, cancellationToken),
            $"receipts of {wanted.Count} blocks");
        var relevant = new List<RelevantBlock>(wanted.Count);
        foreach (FetchedBlock block in fetched)
        {
            if (logs is not null)
                CompareLogs(block, [.. logs[block.Ref.Hash]], question);
            RelevantPart part = BlockRelevance.Select(block, watch.Contains, listed, events);
            if (part.Transactions.Count > 0 || part.UnlistedMovements.Count > 0)
                relevant.Add(new RelevantBlock(block with { Transactions = [] }, part));
        }

        return relevant;
    }

    private async Task<IReadOnlyList<FetchedBlock>> AssembledAsync(
        RpcClient client, IReadOnlyList<RpcBlock> wanted, CancellationToken cancellationToken)
    {
        IReadOnlyList<IReadOnlyList<RpcReceipt>?> receipts = await LargeReceipts.OfAsync(
            client, [.. wanted.Select(block => block.Hash)], cancellationToken);
        try
        {
            return [.. wanted.Select((block, index) => BlockAssembly.Of(
                client.Name, Profile, block,
                receipts[index] ?? throw new NodeFaultException(client.Name, $"it has no receipts of block {block.Hash}")))];
        }
        catch (NodeFaultException fault)
        {
            // As the toolkit says it, so that the next provider is asked.
            throw new RpcProtocolException(client.Name, fault.Message, fault);
        }
    }

    // The receipts are what counts, proved by their root where the chain has one: a log that was left out of the answer, or invented in
    // it, changes nothing then. Whoever reads the warning knows whom not to trust.
    private void CompareLogs(FetchedBlock block, IReadOnlyList<RpcLog> given, LogQuestion question)
    {
        Dictionary<int, ObservedLog> real = block.Transactions.SelectMany(fetched => fetched.Logs).ToDictionary(log => log.LogIndex);
        int invented = given.Count(log => !real.TryGetValue(log.LogIndex, out ObservedLog? receipt) || receipt.Emitter != log.Address
            || !receipt.Topics.SequenceEqual(log.Topics) || !receipt.Data.Span.SequenceEqual(log.Data.Span));
        if (invented > 0 && block.Proof != BlockProof.Receipts)
            throw new NodeFaultException(
                provider: null,
                $"they contradict each other on {invented} logs of block {block.Ref.Hash}, and nothing proves who is right");
        int missing = real.Values.Count(question.Matches) - given.Count + invented;
        if (missing > 0 || invented > 0)
            LogDiffer(Profile.Id, missing, invented, block.Ref.Number, block.Ref.Hash, block.Proof);
    }

    private static T Found<T>(RpcFinding<T> finding, string what)
    {
        if (finding is RpcFound<T> found)
            return found.Value;
        RpcException? error = finding.Witnesses.Select(witness => witness.Error).OfType<RpcException>().FirstOrDefault();
        throw error switch
        {
            RpcProtocolException { InnerException: NodeFaultException fault } => fault,
            RpcProtocolException protocol => new NodeFaultException(protocol.Provider, protocol.Message),
            { } other => other,
            null => new NodeFaultException(
                provider: null, $"{what}: {(finding as RpcUndetermined<T>)?.Reason ?? "they have no such thing"}"),
        };
    }

    [LoggerMessage(EventId = 2112, Level = LogLevel.Warning,
        Message = "Chain {Chain}: an answer to eth_getLogs left out {Missing} logs and invented {Invented} of block {Number} ({Hash}); its "
            + "receipts are what counts (proof: {Proof})")]
    private partial void LogDiffer(long chain, int missing, int invented, long number, Hash32 hash, BlockProof proof);
}
