using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Storage;

/// <summary>
/// Runs one worker's turns until the host stops: at once again while there is work, after a pulse or a short poll when idle.
/// </summary>
internal sealed partial class WorkerLoop(
    IWorker worker, WakeUp wakeUp, IOptions<StorageOptions> options, TimeProvider clock, ILogger<WorkerLoop> logger) : BackgroundService
{
    // Five seconds of finding nothing: from then on a longer sleep, so that idle hours cost next to nothing.
    private const int IdleTurnsAwakeMax = 20;

    private static readonly TimeSpan FaultDelayMax = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        int faults = 0;
        int idleTurns = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            Task pulse = wakeUp.Next;
            try
            {
                int moved = await worker.RunTurnAsync(stoppingToken);
                faults = 0;
                idleTurns = moved > 0 ? 0 : idleTurns + 1;
                if (worker.Pace > TimeSpan.Zero)
                    await clock.Delay(worker.Pace, stoppingToken);
                if (idleTurns > 0 && await IsPulsedAsync(pulse, idleTurns, stoppingToken))
                    idleTurns = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The turn as a whole failed: the database is away, or a bug outside any one item. Nothing was committed by halves.
                LogTurnFailed(worker.Name, ++faults, exception);
                TimeSpan delay = TimeSpan.FromMilliseconds(
                    Math.Min(100 * Math.Pow(2, Math.Min(faults, 10)), FaultDelayMax.TotalMilliseconds));
                await clock.Delay(delay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> IsPulsedAsync(Task pulse, int idleTurns, CancellationToken stoppingToken)
    {
        TimeSpan sleep = idleTurns <= IdleTurnsAwakeMax ? options.Value.IdlePoll : options.Value.IdlePollSlow;
        return await Task.WhenAny(pulse, clock.Delay(sleep, stoppingToken)) == pulse;
    }

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "A turn of {Worker} failed ({Faults} in a row); it is tried again")]
    private partial void LogTurnFailed(string worker, int faults, Exception exception);
}
