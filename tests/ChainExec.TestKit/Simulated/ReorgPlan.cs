namespace ChainExec.TestKit.Simulated;

/// <summary>What becomes of a transaction whose block leaves the chain.</summary>
public enum OrphanFate
{
    /// <summary>It goes back to every pool, as nodes do, and waits for the next block.</summary>
    ReturnsToPool,

    /// <summary>The new branch holds it too, in its first block.</summary>
    IncludedAgain,

    /// <summary>Nobody has it any more.</summary>
    Vanishes,
}

/// <summary>How the chain is reorganised.</summary>
public sealed record ReorgPlan
{
    /// <summary>How many blocks leave the chain.</summary>
    public required int Depth { get; init; }

    /// <summary>How many blocks replace them. One more than <see cref="Depth"/> unless set; the same number makes an equal fork.</summary>
    public int? Length { get; init; }

    /// <summary>What becomes of each transaction of the blocks that leave. Returns to the pools unless set.</summary>
    public Func<SimulatedTransaction, OrphanFate> Fate { get; init; } = _ => OrphanFate.ReturnsToPool;

    /// <summary>
    /// The order in which those that are included again stand in the new block; as before unless set. What one account sent stays in the
    /// order of its nonces whatever is said here.
    /// </summary>
    public Func<IReadOnlyList<SimulatedTransaction>, IEnumerable<SimulatedTransaction>> Order { get; init; } = list => list;

    /// <summary>Transactions that the new branch has before all others, such as a foreign one with a nonce of ours.</summary>
    public IReadOnlyList<SimulatedTransaction> First { get; init; } = [];

    /// <summary>True lets the reorganisation go below the final block, which real chains promise never to do.</summary>
    public bool BreaksFinality { get; init; }
}
