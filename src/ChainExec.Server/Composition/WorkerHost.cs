using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Server.Composition;

/// <summary>A loop for each worker of this process's roles, stopped together.</summary>
internal sealed partial class WorkerHost(
    IEnumerable<IWorker> workers, RolesOptions roles, WakeUp wakeUp, IOptions<StorageOptions> options, TimeProvider clock,
    ILoggerFactory loggers) : IHostedService
{
    private readonly List<WorkerLoop> _loops = [];
    private readonly ILogger _logger = loggers.CreateLogger<WorkerHost>();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (IWorker worker in workers.Where(roles.Runs))
        {
            var loop = new WorkerLoop(worker, wakeUp, options, clock, loggers.CreateLogger<WorkerLoop>());
            _loops.Add(loop);
            await loop.StartAsync(cancellationToken);
            LogStarted(worker.Name);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_loops.Select(loop => loop.StopAsync(cancellationToken)));

    [LoggerMessage(EventId = 1001, Level = LogLevel.Information, Message = "Worker {Worker} runs")]
    private partial void LogStarted(string worker);
}
