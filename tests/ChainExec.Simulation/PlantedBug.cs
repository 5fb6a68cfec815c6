namespace ChainExec.Simulation;

/// <summary>A defect that a run is given on purpose, to see that its checks can fail.</summary>
public enum PlantedBug
{
    /// <summary>None: the engine as it is.</summary>
    None,

    /// <summary>A signed payment is given a family and a nonce more, as a child with a new nonce would be.</summary>
    SecondNonce,

    /// <summary>A slot whose bytes are out is released behind the database's back, and its payment starts again.</summary>
    ReleasedSignedSlot,
}
