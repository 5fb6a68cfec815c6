using ChainExec.Ethereum;

namespace ChainExec.Payments;

/// <summary>When a sender gets native coin, how much, and from whom. Amounts in wei.</summary>
/// <param name="Owner">Whose account the source is.</param>
/// <param name="Source">An account whose native coin is its owner's money.</param>
/// <param name="Threshold">Below this balance the sender is refilled.</param>
/// <param name="DailyCap">Of one UTC day.</param>
internal sealed record RefillRule(
    long Chain, Address Sender, Guid Owner, Address Source, TokenAmount Threshold, TokenAmount Amount, TokenAmount DailyCap);

/// <summary>How far a refill came.</summary>
internal enum RefillProgress
{
    /// <summary>It is under way, or still to be admitted.</summary>
    Open,

    /// <summary>It is over, and another may follow.</summary>
    Done,

    /// <summary>It ended without paying, and the rule was not set anew since: whatever stopped it would stop the next.</summary>
    Failed,
}

/// <summary>One refill: what was decided, and the intent that carries it out once it is admitted.</summary>
/// <param name="Ordinal">Its number among the refills of its sender, from 1.</param>
internal sealed record Refill(
    Guid Id, long Chain, Address Sender, int Ordinal, Guid Owner, Address Source, TokenAmount Amount, Guid? Intent)
{
    /// <summary>What admission knows it by: the same after a crash, and in a restored database.</summary>
    public string Reference => $"refill:{Chain}:{Sender.ToHex()}:{Ordinal}";
}
