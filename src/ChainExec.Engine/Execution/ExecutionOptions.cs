using System.ComponentModel.DataAnnotations;

namespace ChainExec.Execution;

/// <summary>Bounds of execution.</summary>
internal sealed class ExecutionOptions
{
    public const string Section = "Execution";

    /// <summary>Intents or slots leased in one turn at most: an upper bound on work, not a target. Default 128.</summary>
    [Range(1, 500)]
    public int BatchSizeMax { get; set; } = 128;

    /// <summary>
    /// Senders that one turn steps at the same time at most; the steps of one sender follow one another. Default 8.
    /// </summary>
    [Range(1, 64)]
    public int SendersAtOnceMax { get; set; } = 8;

    /// <summary>How long a lease lasts; a crashed worker's items are picked up after it. Default 15 s.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Slots of one sender from reserved to accepted at most. Default 16, which nodes guarantee per
    /// account; 1 for a sender with a delegation (EIP-7702).</summary>
    [Range(1, 64)]
    public int InFlightMax { get; set; } = 16;

    /// <summary>Slots of one sender that are mined and not final at most: what a reorg could bring back at once. Default 4,096.</summary>
    [Range(1, 65_536)]
    public int MinedUnfinalMax { get; set; } = 4096;

    /// <summary>When a step could not be made (node away, sender empty, lane full) it is tried again after this. Default 2 s.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Percent added to the estimated gas. Default 20.</summary>
    [Range(0, 200)]
    public int GasMarginPercent { get; set; } = 20;

    /// <summary>Least tip in wei per gas. Default 0.1 gwei.</summary>
    [Range(0, long.MaxValue)]
    public long TipFloorWei { get; set; } = 100_000_000;

    /// <summary>
    /// Highest fee cap per gas in wei that is ever signed: a node that lies about the market cannot empty a sender. Default 1,000 gwei.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long FeeCapMaxWei { get; set; } = 1_000_000_000_000;

    /// <summary>Blocks of fee history looked at. Default 10.</summary>
    [Range(1, 1024)]
    public int FeeHistoryBlocks { get; set; } = 10;

    /// <summary>Blocks that a price is left alone while its nonce is next; then it climbs. Default 3, as on chains of 12 s
    /// blocks.</summary>
    [Range(1, 10_000)]
    public int ClimbAfterBlocks { get; set; } = 3;

    /// <summary>Prices that one member of a family signs before a child carries on in its slot. Default 8: about 2.5 times the
    /// first.</summary>
    [Range(1, 64)]
    public int RungsMax { get; set; } = Intent.RungsMaxDefault;

    /// <summary>Children that may carry on for a family, whatever the reason. Default 3.</summary>
    [Range(0, 16)]
    public int GenerationsMax { get; set; } = 3;

    /// <summary>The most wei that consuming one nonce by a fill may cost; the house pays it. Default 0.01 of a coin of 18
    /// decimals.</summary>
    [Range(1, long.MaxValue)]
    public long FillFeeMaxWei { get; set; } = 10_000_000_000_000_000;

    /// <summary>How long the owner of an account has to approve an intent. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "23:00:00")]
    public TimeSpan ApprovalLife { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the owner may leave one intent unanswered before it fails. Default 3.</summary>
    [Range(1, 16)]
    public int ApprovalsMax { get; set; } = 3;

    /// <summary>Intents on their way that are held against the open freezes at once. Default 4,096.</summary>
    [Range(1, 100_000)]
    public int FreezeScanMax { get; set; } = 4096;
}
