using ChainExec.Indexing.Backfill;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Tells people what the providers of one chain answered: the status rows, and one warning when something breaks rather than one per turn.
/// </summary>
internal sealed partial class ProviderReporter(
    ChainNodes nodes, ChainEndpoints endpoints, ChainStore store, TimeSpan interval, TimeProvider clock, ILogger<ProviderReporter> logger)
{
    private readonly long _chain = nodes.Profile.Id;
    private (string? Text, long At) _heads;
    private (string? Text, long At) _fault;

    /// <summary>Writes the heads when something changed, and from time to time so that people see how old they are.</summary>
    public async Task HeadsAsync(TurnAnswers turn, CancellationToken cancellationToken)
    {
        IReadOnlyList<ProviderReport> reports = [.. turn.Heads.Select(answer => new ProviderReport(
            answer.Provider.Name,
            answer.Error is null ? ProviderState.Ok : ProviderState.Unavailable,
            (long?)answer.Block?.Number,
            answer.Error?.Message,
            endpoints.StatusOf(answer.Provider.Name)?.Limits,
            endpoints.StatusOf(answer.Provider.Name)?.IsWell))];
        string text = string.Join(
            ' ', reports.Select(report => $"{report.Name}={report.State}:{report.Head}:{report.Learned}:{report.IsWell}"));
        if (IsSaid(_heads, text))
            return;
        foreach (ProviderReport report in reports)
        {
            if (report.State != ProviderState.Ok)
                LogUnavailable(_chain, report.Name, report.Detail);
        }

        long? safe = await nodes.SafeHeightAsync(cancellationToken);
        await store.ReportAsync(_chain, new HeadReport(turn.Head, turn.HeadTime, safe), reports, cancellationToken);
        _heads = (text, clock.GetTimestamp());
    }

    /// <summary>A fault that ended a turn. Nodes fail; the next turn asks again.</summary>
    public async Task FaultAsync(Exception exception, CancellationToken cancellationToken)
    {
        if (IsSaid(_fault, exception.Message))
            return;
        LogFault(_chain, exception);
        _fault = (exception.Message, clock.GetTimestamp());
        if (exception is NodeFaultException { Provider: { } provider } && await store.PeekAsync(_chain, cancellationToken) is not null)
        {
            await store.ReportAsync(
                _chain, new HeadReport(null, null, null),
                [new ProviderReport(provider, ProviderState.Faulty, Head: null, exception.Message)], cancellationToken);
            // The next good answer must be written even when it reads as the one before the fault.
            _heads = default;
        }
    }

    private bool IsSaid((string? Text, long At) last, string text) => last.Text == text && clock.GetElapsedTime(last.At) < interval;

    [LoggerMessage(EventId = 2102, Level = LogLevel.Warning, Message = "Chain {Chain}: provider {Provider} cannot be asked: {Detail}")]
    private partial void LogUnavailable(long chain, string provider, string? detail);

    [LoggerMessage(
        EventId = 2107, Level = LogLevel.Warning, Message = "Chain {Chain}: a node failed in the middle of a turn; it is asked again")]
    private partial void LogFault(long chain, Exception exception);
}
