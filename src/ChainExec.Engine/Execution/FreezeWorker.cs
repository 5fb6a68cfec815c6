using ChainExec.Governance;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Ends what is signed or being signed and was frozen since: its nonce is filled, unless what is out there already wins. Costs one query a
/// turn while nothing is frozen.
/// </summary>
internal sealed partial class FreezeWorker(
    IntentStore intents, FreezeStore freezes, FreezeGate gate, IntentEnding ending, IncidentStore incidents, JournalSync journal,
    UnitOfWork unitOfWork,
    IOptions<ExecutionOptions> options, ILogger<FreezeWorker> logger) : IWorker
{
    private const string Actor = "worker:freeze";

    public string Name => "execution.freezes";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(100);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Intent> open = await unitOfWork.RunAsync(ReadAsync, cancellationToken);
        int ended = 0;
        foreach (Intent intent in open)
        {
            try
            {
                ended += await unitOfWork.RunAsync((session, token) => EndAsync(session, intent, token), cancellationToken);
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
        }

        return ended;
    }

    // Halts delay and end nothing, so they ask for no look at what is on its way. All are looked at in one question: lists of screened
    // addresses are there every day.
    private async Task<IReadOnlyList<Intent>> ReadAsync(DbSession session, CancellationToken cancellationToken)
    {
        if (!await freezes.AnyAsync(session, cancellationToken))
            return [];
        IReadOnlyList<Intent> open = await intents.UnwishedOnTheirWayAsync(session, options.Value.FreezeScanMax, cancellationToken);
        IReadOnlyDictionary<IntentId, Freeze> found = await gate.FindManyAsync(session, open, cancellationToken);
        return [.. open.Where(intent => found.GetValueOrDefault(intent.Id) is { IsHalt: false })];
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
}
