namespace ChainExec.Custody;

/// <summary>How a slot ended at finality, seen from the family that signed on it.</summary>
internal enum SlotOutcome
{
    /// <summary>The family's own transaction is final and succeeded. The family never gets another nonce.</summary>
    Succeeded,

    /// <summary>A foreign transaction with the family's effect is final. The family never gets another nonce.</summary>
    Adopted,

    /// <summary>The family's own transaction is final and reverted: resolved against the family.</summary>
    Reverted,

    /// <summary>Our own fill is final on the nonce: resolved against the family.</summary>
    Filled,

    /// <summary>Something foreign consumed the nonce; an operator has judged it: resolved against the family.</summary>
    Consumed,
}
