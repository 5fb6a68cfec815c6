using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing.Backfill;

/// <summary>
/// Reads final blocks far below the head in ranges: several ranges at a time, written one after another. It begins and ends with a tip that
/// is final, so following block by block goes on exactly where it stopped. Called by the chain's follower alone.
/// </summary>
internal sealed partial class Backfiller(
    BackfillReader reader, BackfillStore store, WatchSet watch, IndexingOptions options, TimeProvider clock,
    ILogger<Backfiller> logger) : IAsyncDisposable
{
    private readonly Queue<Reading> _readings = new();
    private CancellationTokenSource _cancel = new();
    private bool _isWatching;
    private int _span = options.BackfillSpanMax / 8 + 1;

    /// <summary>
    /// Whether the chain is so far behind its final head that ranges are worth reading. What was begun goes on to that head: the last
    /// blocks one by one would take longer than all before them.
    /// </summary>
    public bool IsWorth(ChainState state, long finalHeight) =>
        finalHeight - Below(state) >= (_readings.Count > 0 ? 1 : options.BackfillFrom);

    /// <summary>Reads and writes ranges for about <see cref="IndexingOptions.BackfillTurn"/>.</summary>
    /// <param name="state">Its tip is final, or there is none.</param>
    /// <param name="finalHeight">Up to where the quorum holds blocks final.</param>
    /// <param name="hold">Prolongs the lease; answers nothing when it was lost.</param>
    /// <param name="cancellationToken">Ends the turn.</param>
    /// <returns>How many blocks were settled.</returns>
    public async Task<int> AdvanceAsync(
        ChainState state, long finalHeight, Func<CancellationToken, Task<ChainState?>> hold, CancellationToken cancellationToken)
    {
        long begun = clock.GetTimestamp();
        long first = Below(state);
        if (!_isWatching)
        {
            await store.RefreshAsync(watch, cancellationToken);
            _isWatching = true;
        }

        try
        {
            do
            {
                await FillAsync(Below(state) + 1, finalHeight);
                BackfillPiece piece = await _readings.Peek().Task.WaitAsync(cancellationToken);
                (state, bool isWhole) = await WriteAsync(state, piece, finalHeight, cancellationToken);
                if (!isWhole)
                {
                    await DropAsync();
                    continue;
                }

                _readings.Dequeue();
                Learn(piece);
                if (await hold(cancellationToken) is not { IsHalted: false })
                    break;
            }
            while (Below(state) < finalHeight && clock.GetElapsedTime(begun) < options.BackfillTurn);
        }
        catch (Exception exception) when (exception is RpcException or NodeFaultException or StaleWriteException)
        {
            // What was read ahead was read on the assumption that this would hold.
            await DropAsync();
            _span = Math.Max(1, _span / 2);
            throw;
        }

        long reached = Below(state);
        if (reached > first)
            LogSettled(state.Chain, first + 1, reached, finalHeight);
        return (int)(reached - first);
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        _cancel.Dispose();
    }

    private static long Below(ChainState state) => state.Tip?.Number ?? state.Start - 1;

    // Not whole when accounts or tokens came since it was read: the rest is read again, by what is watched now.
    private async Task<(ChainState After, bool IsWhole)> WriteAsync(
        ChainState state, BackfillPiece piece, long target, CancellationToken cancellationToken)
    {
        foreach (BackfillPiece part in piece.Cut(options.BackfillRowsPerWriteMax))
        {
            if (await store.ApplyAsync(state, part, watch, target, cancellationToken) is not { } after)
                return (state, false);
            state = after;
        }

        return (state, true);
    }

    private async Task FillAsync(long next, long finalHeight)
    {
        // Another process may have written in between: what was read ahead then does not follow any more.
        if (_readings.TryPeek(out Reading? ahead) && ahead.From != next)
            await DropAsync();
        if (_readings.Count > 0)
            next = _readings.Last().To + 1;
        for (; _readings.Count < options.BackfillReadersMax && next <= finalHeight; next = _readings.Last().To + 1)
        {
            long from = next;
            long to = Math.Min(finalHeight, from + _span - 1);
            CancellationToken token = _cancel.Token;
            _readings.Enqueue(new Reading(from, to, Task.Run(() => reader.ReadAsync(from, to, token), token)));
        }
    }

    private async Task DropAsync()
    {
        if (_readings.Count == 0)
            return;
        await _cancel.CancelAsync();
        await Task.WhenAll(_readings.Select(reading => (Task)reading.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _readings.Clear();
        _cancel.Dispose();
        _cancel = new CancellationTokenSource();
    }

    // A range is to be about as many rows as one write takes: few questions where little happens, little memory where much does.
    private void Learn(BackfillPiece piece)
    {
        int rows = piece.Blocks.Sum(block => block.Rows);
        int most = piece.Reads == PieceReads.Transactions ? options.BackfillSpanMax : options.BackfillLogSpanMax;
        if (rows > options.BackfillRowsPerWriteMax)
            _span = Math.Max(1, _span / 2);
        else if (rows < options.BackfillRowsPerWriteMax / 2)
            _span = Math.Min(most, _span * 2);
    }

    private sealed record Reading(long From, long To, Task<BackfillPiece> Task);

    [LoggerMessage(EventId = 2113, Level = LogLevel.Information, Message = "Chain {Chain}: final blocks {From} to {To} read, of {Target}")]
    private partial void LogSettled(long chain, long from, long to, long target);
}
