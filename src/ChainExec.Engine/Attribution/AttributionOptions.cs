using System.ComponentModel.DataAnnotations;

namespace ChainExec.Attribution;

/// <summary>Bounds of attribution.</summary>
internal sealed class AttributionOptions
{
    public const string Section = "Attribution";

    /// <summary>Transactions of one chain that are traced side by side at most. Default 4.</summary>
    [Range(1, 64)]
    public int TracesAtOnceMax { get; set; } = 4;

    /// <summary>Transactions of one chain traced in one turn at most. Default 8.</summary>
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

    /// <summary>
    /// How long the code of a processor that is not the engine's may take for one block in one turn; then it is left behind and parked
    /// there. Default 5 s.
    /// </summary>
    public TimeSpan ProcessorBudget { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Logs that processors are fed with in one turn at most; a transaction with more is read in parts. Default 2,000.</summary>
    [Range(1, 100_000)]
    public int LogsPerTurnMax { get; set; } = 2000;

    /// <summary>
    /// Native transfers inside transactions that movements are made of in one turn at most; a transaction with more has a turn of its own.
    /// Default 20,000.
    /// </summary>
    [Range(1, 300_000)]
    public int TransfersPerTurnMax { get; set; } = 20_000;

    /// <summary>Records and movements that end in one turn at most. Default 5,000.</summary>
    [Range(1, 100_000)]
    public int EndsPerTurnMax { get; set; } = 5000;
}
