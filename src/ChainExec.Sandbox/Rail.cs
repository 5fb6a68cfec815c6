using Microsoft.Extensions.Options;

namespace ChainExec.Sandbox;

/// <summary>Money between banks takes days; here as long as is set.</summary>
internal sealed partial class Rail(
    TimeProvider clock, IOptions<SandboxOptions> options, IHostApplicationLifetime lifetime, ILogger<Rail> logger)
{
    /// <summary>Does it when the money has arrived: at once when that takes no time.</summary>
    public void Arrive(Action act)
    {
        if (options.Value.SettleAfter == TimeSpan.Zero)
            act();
        else
            _ = ArriveAsync(act);
    }

    private async Task ArriveAsync(Action act)
    {
        try
        {
            await Task.Delay(options.Value.SettleAfter, clock, lifetime.ApplicationStopping);
            act();
        }
        catch (Exception exception)
        {
            // Nobody waits for this task, so that nobody else could say it; when the sandbox ends, nothing arrives any more.
            LogLost(exception);
        }
    }

    [LoggerMessage(EventId = 9101, Level = LogLevel.Warning, Message = "Money does not arrive")]
    private partial void LogLost(Exception exception);
}
