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
    private static readonly TimeSpan FaultDelayMax = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        int faults = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            Task pulse = wakeUp.Next;
            try
            {
                int moved = await worker.RunTurnAsync(stoppingToken);
                faults = 0;
                if (moved == 0)
                    await Task.WhenAny(pulse, clock.Delay(options.Value.IdlePoll, stoppingToken));
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

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "A turn of {Worker} failed ({Faults} in a row); it is tried again")]
    private partial void LogTurnFailed(string worker, int faults, Exception exception);
}
