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
    IntentStore intents, FreezeStore freezes, FreezeGate gate, IntentEnding ending, JournalSync journal, UnitOfWork unitOfWork,
    IOptions<ExecutionOptions> options, ILogger<FreezeWorker> logger) : IWorker
{
    private const string Actor = "worker:freeze";

    public string Name => "execution.freezes";

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
        }

        return ended;
    }

    // Halts delay and end nothing, so they ask for no look at what is on its way.
    private async Task<IReadOnlyList<Intent>> ReadAsync(DbSession session, CancellationToken cancellationToken)
    {
        IReadOnlyList<Freeze> frozen = await freezes.OpenOnesAsync(session, options.Value.BatchSizeMax, cancellationToken);
        return frozen.Any(freeze => !freeze.IsHalt)
            ? await intents.UnwishedOnTheirWayAsync(session, options.Value.FreezeScanMax, cancellationToken)
            : [];
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

    [LoggerMessage(
        EventId = 3401, Level = LogLevel.Information, Message = "Intent {Intent} moved before its freeze reached it; it is read again")]
    private partial void LogMovedElsewhere(IntentId intent);
}
