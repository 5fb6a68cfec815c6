using ChainExec.Calls;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Watches the head of each sender's line. A lowest open nonce that does not move within its chain's bound is told once, and the binder
/// binds nothing above it; when it moves or is resolved the incident closes by itself.
/// </summary>
internal sealed class WatchdogWorker(
    LineWatch line, IncidentStore incidents, ChainDirectory chains, UnitOfWork unitOfWork, TimeProvider clock,
    IOptions<ExecutionOptions> options) : IWorker
{
    /// <summary>The kind of its incidents.</summary>
    public const string StuckIncident = "slot_stuck";

    // Looks this often within the shortest bound: a stay is told at most that much late.
    private const int LooksPerBound = 20;

    private readonly Dictionary<long, TimeSpan> _bounds = chains.All.ToDictionary(chain => chain.Id, chain => chain.StuckAfter);
    private DateTimeOffset _nextLook = DateTimeOffset.MinValue;

    public string Name => "execution.watchdog";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (now < _nextLook || _bounds.Count == 0)
            return 0;
        int limit = options.Value.BatchSizeMax;
        int news = await unitOfWork.RunAsync(
            async (session, token) =>
            {
                IReadOnlyList<LineFinding> found = await line.ReadNewsAsync(session, _bounds, limit, token);
                int told = 0;
                foreach (LineFinding finding in found)
                    told += await TellAsync(session, finding, token) ? 1 : 0;
                return told;
            },
            cancellationToken);
        if (news < limit)
            _nextLook = now + (_bounds.Values.Min() / LooksPerBound);
        return news;
    }

    private async Task<bool> TellAsync(DbSession session, LineFinding found, CancellationToken cancellationToken)
    {
        if (found.Slot != found.SeenSlot || found.Phase != found.SeenPhase)
        {
            if (await line.MoveOnAsync(session, found, cancellationToken))
                await incidents.CloseAsync(session, StuckIncident, $"{found.SeenSlot}", cancellationToken);
            return true;
        }

        if (!await line.MarkStuckAsync(session, found, cancellationToken))
            return false;
        await incidents.OpenAsync(
            session, StuckIncident, $"{found.Slot}", found.Chain, found.Sender,
            $"Nonce {found.Nonce} of {found.Sender} has been {found.Phase} since {found.Since:O}: everything of the sender waits for it.",
            new { found.Nonce, found.Phase, found.Since }, cancellationToken);
        return true;
    }
}
