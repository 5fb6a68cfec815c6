using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Takes the vote of a provider that contradicts a block which enough others hold final, tells it, and gives it back when some time has
/// passed and the provider has our final block. What was seen once is asked again first, because answers can be from another moment. A
/// provider that merely lags contradicts nothing. Nobody waits for those who are asked here: they may be slow, or hang.
/// </summary>
internal sealed partial class Quarantine(
    ChainNodes nodes, ProviderTrust trust, QuarantineStore store, IndexingOptions options, TimeProvider clock, ILogger<Quarantine> logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    // The final block that a provider contradicted once, until it says something of it again.
    private readonly Dictionary<string, AgreedBlock> _sighted = [];
    private readonly CancellationTokenSource _ending = new();
    private readonly Question<IReadOnlyList<Repeated>> _again = new(clock);
    private readonly Question<IReadOnlyList<string>> _agreeing = new(clock);
    private long? _epoch;
    private long _reviewedAt;

    /// <summary>At the beginning of a turn: who said what when asked again, and who may have the vote again.</summary>
    public async Task ReviewAsync(ChainState state, CancellationToken cancellationToken)
    {
        if (_epoch == state.Epoch && clock.GetElapsedTime(_reviewedAt) < options.ReportInterval)
            return;
        // Under another epoch another process may have decided, or the chain was taken back below what was final.
        if (_epoch != state.Epoch)
        {
            _sighted.Clear();
            trust.Forget(state.Chain);
        }

        IReadOnlyList<QuarantinedProvider> found = await store.ReadAsync(state.Chain, options.QuarantineDuration, cancellationToken);
        (_epoch, _reviewedAt) = (state.Epoch, clock.GetTimestamp());
        await AskAgainAsync(state, cancellationToken);
        await AskDueAsync(state, [.. found.Where(one => one.IsDue)], cancellationToken);
    }

    /// <summary>A block became final: whoever gave another one there is asked again, and has no vote when it says so again.</summary>
    public async Task SightAsync(ChainState state, AgreedBlock final, CancellationToken cancellationToken)
    {
        foreach ((ChainProvider provider, _) in final.Contradicting)
            _sighted.TryAdd(provider.Name, final);
        if (final.Contradicting.Count > 0)
            await AskAgainAsync(state, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ending.IsCancellationRequested)
            return;
        await _ending.CancelAsync();
        await _again.EndedAsync();
        await _agreeing.EndedAsync();
        _ending.Dispose();
    }

    private async Task AskAgainAsync(ChainState state, CancellationToken cancellationToken)
    {
        if (_sighted.Count == 0 && !_again.IsOpen)
            return;
        Dictionary<string, AgreedBlock> sighted = new(_sighted);
        foreach (Repeated one in await _again.AskAsync(state.Epoch, () => RepeatedAsync(sighted, _ending.Token), cancellationToken) ?? [])
        {
            // Who does not answer is asked again.
            if (one.Answer?.Block is not { } theirs)
                continue;
            if (!BlockContent.Blocks.Equals(theirs, one.Final.Header))
                await PutAsync(state, one.Provider, one.Final.Ref, theirs.Hash, cancellationToken);
            _sighted.Remove(one.Provider);
        }
    }

    private async Task AskDueAsync(ChainState state, IReadOnlyList<QuarantinedProvider> due, CancellationToken cancellationToken)
    {
        if (state.Final is not { } final || (due.Count == 0 && !_agreeing.IsOpen))
            return;
        foreach (string provider in await _agreeing.AskAsync(
            state.Epoch, () => AgreeingAsync(final, due, _ending.Token), cancellationToken) ?? [])
            await ReleaseAsync(state, provider, final, cancellationToken);
    }

    private async Task<IReadOnlyList<Repeated>> RepeatedAsync(
        Dictionary<string, AgreedBlock> sighted, CancellationToken cancellationToken) =>
        await Task.WhenAll(sighted.Select(async one => new Repeated(
            one.Key, one.Value, await nodes.AskOneAsync(one.Key, one.Value.Ref.Number, AnswerWithin, cancellationToken))));

    private async Task<IReadOnlyList<string>> AgreeingAsync(
        BlockRef final, IReadOnlyList<QuarantinedProvider> due, CancellationToken cancellationToken)
    {
        RpcBlock? header = await HeaderAsync(final, cancellationToken);
        bool[] agree = await Task.WhenAll(due.Select(async one => Agrees(
            final, header, one, (await nodes.AskOneAsync(one.Name, final.Number, AnswerWithin, cancellationToken))?.Block)));
        return [.. due.Where((_, place) => agree[place]).Select(one => one.Name)];
    }

    // The header that those who have a vote give; nothing when too few of them are there, which must not keep others out for ever.
    private async Task<RpcBlock?> HeaderAsync(BlockRef final, CancellationToken cancellationToken)
    {
        try
        {
            return (await nodes.AgreedNowAsync(final.Number, cancellationToken))?.Header;
        }
        catch (RpcException exception)
        {
            LogTooFew(nodes.Profile.Id, final.Number, exception);
            return null;
        }
    }

    // The hash is a name: under it there must be the header that the others give, or one that makes it up. Only where headers of the chain
    // prove nothing is the name enough.
    private static bool Agrees(BlockRef final, RpcBlock? header, QuarantinedProvider one, RpcBlock? theirs) =>
        theirs is not null && theirs.Hash == final.Hash && (header is not null
            ? BlockContent.HaveSameHeader(theirs, header)
            : theirs.Proof != RpcBlockProof.None || !one.IsFinalProved);

    private async Task PutAsync(
        ChainState state, string provider, BlockRef final, Hash32 theirs, CancellationToken cancellationToken)
    {
        try
        {
            await store.PutAsync(
                state, new ProviderQuarantined(state.Chain, provider, final.Number, final.Hash, theirs), cancellationToken);
        }
        finally
        {
            trust.Forget(state.Chain);
        }

        LogQuarantined(state.Chain, provider, theirs, final.Number, final.Hash);
    }

    private async Task ReleaseAsync(ChainState state, string provider, BlockRef final, CancellationToken cancellationToken)
    {
        try
        {
            await store.ReleaseAsync(state, provider, cancellationToken);
        }
        finally
        {
            trust.Forget(state.Chain);
        }

        LogReleased(state.Chain, provider, final.Number);
    }

    /// <summary>What a provider said when it was asked again.</summary>
    private sealed record Repeated(string Provider, AgreedBlock Final, Answer? Answer);

    // One at a time. A new one is waited for a little, an old one is only looked at. What was asked under another epoch is void.
    private sealed class Question<T>(TimeProvider clock)
        where T : class
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

        private (long Epoch, Task<T> Task)? _open;

        public bool IsOpen => _open is not null;

        public async Task<T?> AskAsync(long epoch, Func<Task<T>> ask, CancellationToken cancellationToken)
        {
            if (_open is null)
            {
                Task<T> asking = ask();
                _open = (epoch, asking);
                await Task.WhenAny(asking, clock.Delay(Patience, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (_open is not (var asked, { IsCompleted: true } answered))
                return null;
            _open = null;
            T answer = await answered;
            return asked == epoch ? answer : null;
        }

        public async Task EndedAsync()
        {
            if (_open is { Task: var open })
                await ((Task)open).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(EventId = 2122, Level = LogLevel.Error,
        Message = "Chain {Chain}: provider {Provider} has no vote any more: it has {Theirs} where block {Number} ({Hash}) is final")]
    private partial void LogQuarantined(long chain, string provider, Hash32 theirs, long number, Hash32 hash);

    [LoggerMessage(EventId = 2123, Level = LogLevel.Information,
        Message = "Chain {Chain}: provider {Provider} has our final block {Number} and votes again")]
    private partial void LogReleased(long chain, string provider, long number);

    [LoggerMessage(EventId = 2124, Level = LogLevel.Information,
        Message = "Chain {Chain}: too few providers that are believed gave the final block {Number} while others ask to be")]
    private partial void LogTooFew(long chain, long number, Exception exception);
}
