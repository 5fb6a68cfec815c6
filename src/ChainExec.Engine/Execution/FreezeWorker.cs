using ChainExec.Governance;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Ends what is signed or being signed and was frozen since: its nonce is filled, unless what is out there already wins. Costs one query a
/// turn while nothing was frozen lately.
/// </summary>
internal sealed partial class FreezeWorker(
    IntentStore intents, FreezeStore freezes, FreezeGate gate, IntentEnding ending, IncidentStore incidents, JournalSync journal,
    UnitOfWork unitOfWork, TimeProvider clock, IOptions<ExecutionOptions> options, ILogger<FreezeWorker> logger) : IWorker
{
    private const string Actor = "worker:freeze";
    private static readonly TimeSpan Net = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(15);

    private long? _netAt;

    public string Name => "execution.freezes";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(100);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        if (!await IsDueAsync(cancellationToken))
            return 0;
        int ended = 0;
        IntentId after = default;
        while (await unitOfWork.RunAsync((session, token) => PageAsync(session, after, token), cancellationToken)
            is { Last: { } last } page)
        {
            foreach (Intent intent in page.Frozen)
                ended += await EndAsync(intent, cancellationToken);
            after = last;
        }

        return ended;
    }

    // What asks for a signature reads the freezes itself: only one that is newer than such a transaction may be has to be looked for. Lists
    // of screened addresses are there every day; with them all is looked at once a minute, as a net.
    private async Task<bool> IsDueAsync(CancellationToken cancellationToken)
    {
        bool isNet = _netAt is not { } last || clock.GetElapsedTime(last) >= Net;
        TimeSpan within = isNet ? TimeSpan.FromDays(36500) : Recent;
        if (isNet)
            _netAt = clock.GetTimestamp();
        return await unitOfWork.RunAsync((session, token) => freezes.AnySinceAsync(session, within, token), cancellationToken);
    }

    private async Task<Page> PageAsync(DbSession session, IntentId after, CancellationToken cancellationToken)
    {
        IReadOnlyList<Intent> open = await intents.UnwishedOnTheirWayAsync(session, after, options.Value.FreezeScanMax, cancellationToken);
        IReadOnlyDictionary<IntentId, Freeze> found = await gate.FindManyAsync(session, open, cancellationToken);
        return new Page(
            [.. open.Where(intent => found.GetValueOrDefault(intent.Id) is { IsHalt: false })],
            open.Count == 0 ? null : open[^1].Id);
    }

    private async Task<int> EndAsync(Intent intent, CancellationToken cancellationToken)
    {
        try
        {
            return await unitOfWork.RunAsync((session, token) => EndAsync(session, intent, token), cancellationToken);
        }
        catch (StaleWriteException)
        {
            // The next turn reads it again.
            LogMovedElsewhere(intent.Id);
        }
        catch (Exception exception) when (exception is not OperationCanceledException && !UnitOfWork.IsDatabaseFault(exception))
        {
            // A bug with one intent must not leave the others running.
            await TellAsync(intent, exception);
        }

        return 0;
    }

    private async Task<int> EndAsync(DbSession session, Intent intent, CancellationToken cancellationToken)
    {
        if (await gate.FindAsync(session, intent, cancellationToken) is not { IsHalt: false } freeze)
            return 0;
        await journal.RequireSameDatabaseAsync(session, cancellationToken);
        string detail = $"Frozen ({EnumText.Of(freeze.Scope)}): {freeze.Reason}";
        await ending.AskAsync(session, intent, IntentWish.Freeze, detail, Actor, cancellationToken);
        return 1;
    }

    private Task TellAsync(Intent intent, Exception exception) =>
        unitOfWork.RunAsync(
            (session, token) => incidents.OpenAsync(
                session, "freeze_failed", intent.Id.ToString(), intent.Chain, intent.Sender,
                $"{intent.Id} is frozen and could not be told to end: {exception.GetType().Name}: {exception.Message}",
                new { intent.State }, token),
            CancellationToken.None);

    [LoggerMessage(
        EventId = 3401, Level = LogLevel.Information, Message = "Intent {Intent} moved before its freeze reached it; it is read again")]
    private partial void LogMovedElsewhere(IntentId intent);

    /// <summary>Those of some intents on their way that are frozen.</summary>
    /// <param name="Last">Behind which the next ones come; nothing when there were none.</param>
    private sealed record Page(IReadOnlyList<Intent> Frozen, IntentId? Last);
}
