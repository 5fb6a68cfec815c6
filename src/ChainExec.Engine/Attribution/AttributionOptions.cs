using System.ComponentModel.DataAnnotations;

namespace ChainExec.Attribution;

/// <summary>Bounds of attribution.</summary>
internal sealed class AttributionOptions
{
    public const string Section = "Attribution";

    /// <summary>Transactions traced in one turn at most. Default 8.</summary>
    [Range(1, 256)]
    public int TracesPerTurnMax { get; set; } = 8;

    /// <summary>The wait after a first attempt without a trace; each further one is twice as long. Default 1 s.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two attempts. Default 10 min.</summary>
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// After so many attempts a transaction is decided as unattributed, so that its movements wait no longer; attempts go on. Default 3.
    /// </summary>
    [Range(1, 100)]
    public int AttemptsBeforeUnattributed { get; set; } = 3;

    /// <summary>After so many attempts nobody is asked any more until an operator asks again. Default 60, about nine hours.</summary>
    [Range(1, 10_000)]
    public int AttemptsMax { get; set; } = 60;

    /// <summary>Frames of one transaction that are kept at most; beyond, it is not taken apart. Default 20,000.</summary>
    [Range(1, 300_000)]
    public int FramesMax { get; set; } = 20_000;
}
