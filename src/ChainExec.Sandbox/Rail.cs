using Microsoft.Extensions.Options;

namespace ChainExec.Sandbox;

/// <summary>Money between banks takes days; here as long as is set. When the sandbox ends, what is on its way never arrives.</summary>
internal sealed class Rail(TimeProvider clock, IOptions<SandboxOptions> options, IHostApplicationLifetime lifetime)
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
        await Task.Delay(options.Value.SettleAfter, clock, lifetime.ApplicationStopping);
        act();
    }
}
