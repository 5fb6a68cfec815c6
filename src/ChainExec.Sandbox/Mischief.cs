using Microsoft.Extensions.Options;

namespace ChainExec.Sandbox;

/// <summary>Draws what goes wrong, from the seed.</summary>
internal sealed class Mischief(IOptions<SandboxOptions> options)
{
    private readonly Random _random = new(options.Value.Seed);
    private readonly Lock _lock = new();

    /// <summary>Whether this goes wrong.</summary>
    public bool Strikes() => Draw(100) < options.Value.Mischief;

    /// <summary>0 to below the bound.</summary>
    public int Draw(int bound)
    {
        lock (_lock)
            return _random.Next(bound);
    }

    /// <summary>How late something is.</summary>
    public TimeSpan Delay() => options.Value.DelayMax * (Draw(1000) / 1000.0);
}
