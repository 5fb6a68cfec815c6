namespace ChainExec.Simulation;

/// <summary>A defect that a run is given on purpose, to see that its checks can fail.</summary>
public enum PlantedBug
{
    /// <summary>None: the engine as it is.</summary>
    None,

    /// <summary>A slot whose bytes are out is released behind the database's back, and its payment starts again.</summary>
    ReleasedSignedSlot,

    /// <summary>A child of a payment whose bytes are out is given a nonce of its own, and the parent's bytes stay out.</summary>
    ChildOnNewNonce,

    /// <summary>One provider that has no receipt is believed: what was sent counts as lost, and the payment takes a new nonce.</summary>
    NullReceiptDecides,
}
