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

    /// <summary>
    /// From how many final blocks behind on they are read in ranges instead of one by one. Default 256.
    /// </summary>
    [Range(1, 1_000_000)]
    public int BackfillFrom { get; set; } = 256;

    /// <summary>Blocks in one range at most while every block's transactions are read. Default 256.</summary>
    [Range(1, 10_000)]
    public int BackfillSpanMax { get; set; } = 256;

    /// <summary>Blocks in one range at most while only logs are read. Default 20,000.</summary>
    [Range(1, 1_000_000)]
    public int BackfillLogSpanMax { get; set; } = 20_000;

    /// <summary>Ranges read at the same time, which is also what is held in memory. Default 4.</summary>
    [Range(1, 64)]
    public int BackfillReadersMax { get; set; } = 4;

    /// <summary>Rows written in one transaction about at most (a block is not divided); keeps it below a second. Default 10,000.</summary>
    [Range(1, 100_000)]
    public int BackfillRowsPerWriteMax { get; set; } = 10_000;

    /// <summary>How long one turn of reading ranges takes about. Default 1 s.</summary>
    public TimeSpan BackfillTurn { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>After how long without a step, although there is something to read, a chain counts as stalled. Default 2 min.</summary>
    public TimeSpan StalledAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often one final block of each chain is read again and what is missing of it added. Default 30 s.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often the native balances of some accounts of each chain are compared with what was indexed; zero for never. Default 1 min.
    /// </summary>
    public TimeSpan NativeCheckInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// For how long final blocks that hold nothing of ours keep their rows; zero for ever. Default zero. What holds something of ours
    /// stays.
    /// </summary>
    public TimeSpan KeepEmptyBlocks { get; set; }

    /// <summary>How often accounts that came are taken up for looking whether they held anything before. Default 5 s.</summary>
    public TimeSpan AccountCheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Unlisted contracts counted by name per chain; the rest share one row. Default 1000.</summary>
    [Range(0, 100_000)]
    public int UnlistedContractsMax { get; set; } = 1000;

    /// <summary>
    /// For how long a process that lives owns a chain without a sign of life. After a crash nobody waits: the session's lock is free then.
    /// More than twice what a question to a provider may take. Default 30 s.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// For how long at least a provider that contradicted a final block has no vote; after that, until it has our final block. Default
    /// 10 min.
    /// </summary>
    public TimeSpan QuarantineDuration { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often what the providers answered is written down for people when nothing changed. Default 5 s.</summary>
    public TimeSpan ReportInterval { get; set; } = TimeSpan.FromSeconds(5);
}
