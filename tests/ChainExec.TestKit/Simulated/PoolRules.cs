using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>What a pool takes and keeps. The defaults are those of geth's legacy pool.</summary>
public sealed record PoolRules
{
    /// <summary>By how many percent both fees of a replacement must be higher. Default 10.</summary>
    public uint ReplacementPercent { get; init; } = 10;

    /// <summary>The executable transactions an account keeps although the pool is over <see cref="ExecutableMax"/>. Default 16.</summary>
    public int AccountExecutable { get; init; } = 16;

    /// <summary>The transactions behind a gap that an account may have; beyond it those of the highest nonces are dropped. Default 64.
    /// </summary>
    public int AccountQueuedMax { get; init; } = 64;

    /// <summary>The executable transactions of all accounts above which accounts with many lose some. Default 5,120.</summary>
    public int ExecutableMax { get; init; } = 5_120;

    /// <summary>The transactions behind gaps of all accounts. Default 1,024.</summary>
    public int QueuedMax { get; init; } = 1_024;

    /// <summary>The lowest priority fee taken, in wei per gas. Default 1.</summary>
    public UInt256 TipMin { get; init; } = UInt256.One;

    /// <summary>The transactions that a delegated account (EIP-7702) may have in a pool. Default 1.</summary>
    public int DelegatedInFlightMax { get; init; } = 1;

    /// <summary>
    /// True: a full pool drops its cheapest transaction for one that pays more. False: it refuses with <c>txpool is full</c>, as geth does
    /// while it has churned too much. Default true.
    /// </summary>
    public bool EvictsWhenFull { get; init; } = true;

    /// <summary>How many transactions a pool holds in all.</summary>
    internal int CountMax => ExecutableMax + QueuedMax;
}
