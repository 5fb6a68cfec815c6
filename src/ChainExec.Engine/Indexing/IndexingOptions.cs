using System.ComponentModel.DataAnnotations;

namespace ChainExec.Indexing;

/// <summary>Bounds of the indexer. What differs by chain is in the chain's profile.</summary>
internal sealed class IndexingOptions
{
    public const string Section = "Indexing";

    /// <summary>Blocks appended in one turn at most: an upper bound on work, not a target. Default 32.</summary>
    [Range(1, 1024)]
    public int BlocksPerTurnMax { get; set; } = 32;

    /// <summary>Blocks orphaned or made final in one database transaction at most; keeps it below a second. Default 64.</summary>
    [Range(1, 1024)]
    public int BlocksPerMoveMax { get; set; } = 64;

    /// <summary>Unlisted contracts counted by name per chain; the rest share one row. Default 1000.</summary>
    [Range(0, 100_000)]
    public int UnlistedContractsMax { get; set; } = 1000;

    /// <summary>For how long a process owns a chain without a sign of life; after a crash another waits this long. Default 3 s.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often what the providers answered is written down for people when nothing changed. Default 5 s.</summary>
    public TimeSpan ReportInterval { get; set; } = TimeSpan.FromSeconds(5);
}
