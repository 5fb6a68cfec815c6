using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Indexing.Backfill;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Indexing;

/// <summary>
/// Follows the head of one chain: compares our tip with the providers', appends what is missing, takes back what is orphaned, and makes
/// final what is final. One process per chain, by lease; a gap of any length is filled by the same steps, a bounded number per turn.
/// </summary>
internal sealed partial class BlockFollower : IWorker, IAsyncDisposable
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

    private readonly ChainNodes _nodes;
    private readonly ChainIdentity _identity;
    private readonly ChainLease _lease;
    private readonly BlockStore _blocks;
    private readonly BlockFetcher _fetcher;
    private readonly ReorgResolver _reorgs;
    private readonly Quarantine _quarantine;
    private readonly Finalizer _finalizer;
    private readonly Backfiller _backfill;
    private readonly WatchSet _watch;
    private readonly HeadSignal _signal;
    private readonly IndexingOptions _options;
    private readonly ProviderReporter _reporter;
    private readonly TimeProvider _clock;
    private readonly ILogger<BlockFollower> _logger;
    private readonly StallWatch _stall;
    private bool _isVerified;
    private FinalConflict? _conflict;

    public BlockFollower(
        ChainNodes nodes, ChainEndpoints endpoints, Backfiller backfill, WatchSet watch, HeadSignal signal, ChainStore chains,
        BlockStore blocks, ProviderTrust trust, QuarantineStore quarantine, Database database, IOptions<IndexingOptions> options,
        TimeProvider clock, ILoggerFactory loggers)
    {
        _nodes = nodes;
        _signal = signal;
        _blocks = blocks;
        _options = options.Value;
        _clock = clock;
        _logger = loggers.CreateLogger<BlockFollower>();
        _backfill = backfill;
        _watch = watch;
        _reporter = new ProviderReporter(
            nodes, endpoints, chains, _options.ReportInterval, clock, loggers.CreateLogger<ProviderReporter>());
        _identity = new ChainIdentity(nodes, chains, loggers.CreateLogger<ChainIdentity>());
        _stall = new StallWatch(chains, _options.StalledAfter, clock);
        _lease = new ChainLease(database, chains, nodes.Profile.Id, _options.LeaseDuration, clock);
        _fetcher = new BlockFetcher(nodes.Profile, loggers.CreateLogger<BlockFetcher>());
        _reorgs = new ReorgResolver(nodes, chains, blocks, loggers.CreateLogger<ReorgResolver>());
        _quarantine = new Quarantine(nodes, trust, quarantine, _options, clock, loggers.CreateLogger<Quarantine>());
        _finalizer = new Finalizer(nodes, blocks, _quarantine, loggers.CreateLogger<Finalizer>());
    }

    public string Name => $"indexing.follower.{_nodes.Profile.Name}";

    /// <summary>
    /// One bounded batch: at most one reorg, or a number of blocks, and what became final. Nodes that are down, lag or contradict
    /// themselves
    /// are expected: the turn ends and the next one asks again.
    /// </summary>
    /// <returns>Blocks appended, orphaned and made final.</returns>
    /// <exception cref="ChainMismatchException">The node serves another chain than the database knows.</exception>
    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        if (!_signal.TryTake())
            return 0;
        try
        {
            int moved = await MoveAsync(cancellationToken);
            await _stall.EndsAsync(moved, fault: null, cancellationToken);
            if (moved > 0)
                _signal.MoreToDo();
            return moved;
        }
        catch (Exception exception) when (exception is RpcException or NodeFaultException)
        {
            await _reporter.FaultAsync(exception, cancellationToken);
            await _stall.EndsAsync(moved: 0, exception.Message, cancellationToken);
            return 0;
        }
        catch (StaleWriteException exception)
        {
            // Another process has the chain, or it was halted under us. Whatever we held in memory is void.
            LogLost(_nodes.Profile.Id, exception);
            return 0;
        }
    }

    /// <summary>Frees the chain, so that the next process starts at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _backfill.DisposeAsync();
        await _quarantine.DisposeAsync();
        using var timeout = new CancellationTokenSource(ReleaseTimeout, _clock);
        try
        {
            await _lease.ReleaseAsync(timeout.Token);
        }
        catch (Exception exception) when (UnitOfWork.IsDatabaseFault(exception) || exception is OperationCanceledException)
        {
            // The lease runs out by itself.
            LogNotReleased(_nodes.Profile.Id, exception);
        }
    }

    private async Task<int> MoveAsync(CancellationToken cancellationToken)
    {
        if (!_isVerified)
        {
            _conflict = await _identity.VerifyAsync(cancellationToken);
            _isVerified = true;
        }

        if (await _lease.HoldAsync(cancellationToken) is not { IsHalted: false } state)
            return 0;
        if (_conflict is { } found && state.Final == found.Ours)
        {
            await _reorgs.HaltAsync(state, found.Ours, found.Theirs, cancellationToken);
            _conflict = null;
            return 0;
        }

        _stall.Begins(state);
        await _quarantine.ReviewAsync(state, cancellationToken);
        TurnAnswers turn = await _nodes.ReadHeadsAsync(cancellationToken);
        await _reporter.HeadsAsync(turn, cancellationToken);
        if (turn.Head is not { } head)
            return 0;
        _stall.Head(head);
        if (state.Tip is { } tip && await ConflictAsync(state, tip, head, turn, cancellationToken) is { } conflict)
            return await _reorgs.ResolveAsync(state, conflict, turn, cancellationToken);

        if (await _nodes.FinalHeightAsync(turn, cancellationToken) is { } finalHeight && _backfill.IsWorth(state, finalHeight))
            return await BackfillAsync(state, finalHeight, turn, cancellationToken);
        (BlockRef? newTip, int appended) = await AppendAsync(state, head, turn, cancellationToken);
        int settled = newTip is { } reached
            ? await _finalizer.AdvanceAsync(state with { Tip = reached }, reached, turn, cancellationToken)
            : 0;
        return appended + settled;
    }

    // Ranges are appended to a final tip: what was followed block by block becomes final first.
    private async Task<int> BackfillAsync(ChainState state, long finalHeight, TurnAnswers turn, CancellationToken cancellationToken) =>
        state.Tip is { } tip && state.Final != tip
            ? await _finalizer.AdvanceAsync(state, tip, turn, cancellationToken)
            : await _backfill.AdvanceAsync(state, finalHeight, _lease.HoldAsync, cancellationToken);

    // A head below our tip with our hash there is a provider that lags, not a reorg; so the heights are compared, never just the heads.
    private async Task<long?> ConflictAsync(
        ChainState state, BlockRef tip, long head, TurnAnswers turn, CancellationToken cancellationToken)
    {
        long height = Math.Min(tip.Number, head);
        AgreedBlock? agreed = await _nodes.TestifiedAsync(height, turn, cancellationToken);
        Hash32? ours = height == tip.Number ? tip.Hash : await _blocks.HashAtAsync(state.Chain, height, cancellationToken);
        return agreed is not null && ours is not null && agreed.Ref.Hash != ours ? height : null;
    }

    private async Task<(BlockRef? Tip, int Appended)> AppendAsync(
        ChainState state, long head, TurnAnswers turn, CancellationToken cancellationToken)
    {
        BlockRef? tip = state.Tip;
        int appended = 0;
        while (appended < _options.BlocksPerTurnMax)
        {
            long next = tip is { } last ? last.Number + 1 : state.Start;
            if (next > head || await _nodes.AgreedAsync(next, turn, cancellationToken) is not { } agreed)
                break;
            // The chain changed while we read it: the next turn finds the ancestor.
            if (tip is { } parent && agreed.ParentHash != parent.Hash)
                break;
            FetchedBlock block = await _fetcher.FetchAsync(agreed, cancellationToken);
            // Slow providers must not cost the lease in the middle of a turn.
            if (appended > 0 && await _lease.HoldAsync(cancellationToken) is not { IsHalted: false })
                break;
            tip = await _blocks.AppendAsync(state, block, _watch, cancellationToken);
            appended++;
        }

        if (appended > 0)
            LogAppended(state.Chain, appended, tip!.Value.Number, tip.Value.Hash, head);
        return (tip, appended);
    }

    [LoggerMessage(EventId = 2101, Level = LogLevel.Debug, Message = "Chain {Chain}: {Appended} blocks to {Tip} ({TipHash}), head {Head}")]
    private partial void LogAppended(long chain, int appended, long tip, Hash32 tipHash, long head);

    [LoggerMessage(EventId = 2108, Level = LogLevel.Warning, Message = "Chain {Chain}: the lease was lost; nothing was written")]
    private partial void LogLost(long chain, Exception exception);

    [LoggerMessage(
        EventId = 2109, Level = LogLevel.Information, Message = "Chain {Chain}: the lease was not released; it runs out by itself")]
    private partial void LogNotReleased(long chain, Exception exception);
}
