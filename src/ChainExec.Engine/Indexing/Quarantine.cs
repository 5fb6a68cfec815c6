using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Takes the vote of a provider that contradicts a block which enough others hold final, tells it, and gives it back when some time has
/// passed and the provider has our final block. A provider that merely lags contradicts nothing.
/// </summary>
internal sealed partial class Quarantine(
    ChainNodes nodes, QuarantineStore store, IndexingOptions options, TimeProvider clock, ILogger<Quarantine> logger)
{
    private long? _epoch;
    private long _reviewedAt;

    /// <summary>At the beginning of a turn: who has no vote, also by what another process found, and who may have it again.</summary>
    public async Task ReviewAsync(ChainState state, CancellationToken cancellationToken)
    {
        bool isNew = _epoch != state.Epoch;
        if (!isNew && (nodes.Quarantined.Count == 0 || clock.GetElapsedTime(_reviewedAt) < options.ReportInterval))
            return;
        (_epoch, _reviewedAt) = (state.Epoch, clock.GetTimestamp());
        IReadOnlyList<QuarantinedProvider> found = await store.ReadAsync(state.Chain, options.QuarantineDuration, cancellationToken);
        nodes.Quarantined = found.Select(one => one.Name).ToHashSet();
        if (state.Final is not { } final || !found.Any(one => one.IsDue))
            return;
        IReadOnlyList<string> agreeing = await nodes.QuarantinedWithAsync(final, cancellationToken);
        foreach (QuarantinedProvider due in found.Where(one => one.IsDue && agreeing.Contains(one.Name)))
        {
            await store.ReleaseAsync(state, due.Name, cancellationToken);
            nodes.Quarantined = nodes.Quarantined.Where(name => name != due.Name).ToHashSet();
            LogReleased(state.Chain, due.Name, final.Number);
        }
    }

    /// <summary>A block became final: whoever gave another one there has no vote from now on.</summary>
    public async Task PutAsync(ChainState state, AgreedBlock final, CancellationToken cancellationToken)
    {
        foreach ((ChainProvider provider, Hash32 theirs) in final.Contradicting.Where(
            one => !nodes.Quarantined.Contains(one.Provider.Name)))
        {
            await store.PutAsync(
                state, new ProviderQuarantined(state.Chain, provider.Name, final.Ref.Number, final.Ref.Hash, theirs), cancellationToken);
            nodes.Quarantined = nodes.Quarantined.Append(provider.Name).ToHashSet();
            LogQuarantined(state.Chain, provider.Name, theirs, final.Ref.Number, final.Ref.Hash);
        }
    }

    [LoggerMessage(EventId = 2122, Level = LogLevel.Error,
        Message = "Chain {Chain}: provider {Provider} has no vote any more: it has {Theirs} where block {Number} ({Hash}) is final")]
    private partial void LogQuarantined(long chain, string provider, Hash32 theirs, long number, Hash32 hash);

    [LoggerMessage(EventId = 2123, Level = LogLevel.Information,
        Message = "Chain {Chain}: provider {Provider} has our final block {Number} and votes again")]
    private partial void LogReleased(long chain, string provider, long number);
}
