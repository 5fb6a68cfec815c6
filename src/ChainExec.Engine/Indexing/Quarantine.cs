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

    // How long a turn waits for a question that was just asked. What comes later counts in a later turn.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // The final block that a provider contradicted once, until it says something of it again.
    private readonly Dictionary<string, AgreedBlock> _sighted = [];
    private readonly CancellationTokenSource _ending = new();
    private IReadOnlyList<QuarantinedProvider> _due = [];
    private (long Epoch, Task<Answers> Task)? _asked;
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
        _due = [.. found.Where(one => one.IsDue)];
        await AskAsync(state, cancellationToken);
    }

    /// <summary>A block became final: whoever gave another one there is asked again, and has no vote when it says so again.</summary>
    public async Task SightAsync(ChainState state, AgreedBlock final, CancellationToken cancellationToken)
    {
        foreach ((ChainProvider provider, _) in final.Contradicting)
            _sighted.TryAdd(provider.Name, final);
        if (final.Contradicting.Count > 0)
            await AskAsync(state, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ending.IsCancellationRequested)
            return;
        await _ending.CancelAsync();
        if (_asked is { Task: var open })
            await ((Task)open).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    // One question at a time, to all whom it concerns. A new one is waited for a little, an old one is only looked at.
    private async Task AskAsync(ChainState state, CancellationToken cancellationToken)
    {
        if (_asked is null)
        {
            if (_sighted.Count == 0 && (_due.Count == 0 || state.Final is null))
                return;
            Task<Answers> asking = AnswersAsync(state.Final, new Dictionary<string, AgreedBlock>(_sighted), _due, _ending.Token);
            _asked = (state.Epoch, asking);
            await Task.WhenAny(asking, clock.Delay(Patience, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (_asked is not (var epoch, { IsCompleted: true } answered))
            return;
        _asked = null;
        Answers answers = await answered;
        if (epoch == state.Epoch)
            await ActAsync(state, answers, cancellationToken);
    }

    private async Task<Answers> AnswersAsync(
        BlockRef? final, Dictionary<string, AgreedBlock> sighted, IReadOnlyList<QuarantinedProvider> due,
        CancellationToken cancellationToken)
    {
        var again = sighted.Select(async one => (
            one.Key, one.Value, Answer: await nodes.AskOneAsync(one.Key, one.Value.Ref.Number, AnswerWithin, cancellationToken)));
        (string Provider, AgreedBlock Final, Answer? Answer)[] said = await Task.WhenAll(again);
        if (final is not { } held || due.Count == 0)
            return new Answers(said, []);
        RpcBlock? header = await HeaderAsync(held, cancellationToken);
        var agreeing = due.Select(async one => (
            one.Name, Agrees: Agrees(
                held, header, one, (await nodes.AskOneAsync(one.Name, held.Number, AnswerWithin, cancellationToken))?.Block)));
        return new Answers(said, [.. (await Task.WhenAll(agreeing)).Where(one => one.Agrees).Select(one => one.Name)]);
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

    private async Task ActAsync(ChainState state, Answers answers, CancellationToken cancellationToken)
    {
        foreach ((string provider, AgreedBlock final, Answer? answer) in answers.Again)
        {
            // Who does not answer is asked again.
            if (answer?.Block is not { } theirs)
                continue;
            if (!BlockContent.Blocks.Equals(theirs, final.Header))
                await PutAsync(state, provider, final.Ref, theirs.Hash, cancellationToken);
            _sighted.Remove(provider);
        }

        foreach (string provider in answers.Agreeing)
            await ReleaseAsync(state, provider, cancellationToken);
        _due = [.. _due.Where(one => !answers.Agreeing.Contains(one.Name))];
    }

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

    private async Task ReleaseAsync(ChainState state, string provider, CancellationToken cancellationToken)
    {
        try
        {
            await store.ReleaseAsync(state, provider, cancellationToken);
        }
        finally
        {
            trust.Forget(state.Chain);
        }

        LogReleased(state.Chain, provider, state.Final!.Value.Number);
    }

    /// <summary>What was said when it was asked again, and who has the final block.</summary>
    private sealed record Answers(
        IReadOnlyList<(string Provider, AgreedBlock Final, Answer? Answer)> Again, IReadOnlyList<string> Agreeing);

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
