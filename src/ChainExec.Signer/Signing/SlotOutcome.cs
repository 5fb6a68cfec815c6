namespace ChainExec.Signer.Signing;

/// <summary>How a slot ended at finality, seen from the family that signed on it.</summary>
internal enum SlotOutcome
{
    /// <summary>The family's own transaction is final and succeeded: no second nonce ever.</summary>
    Succeeded,

    /// <summary>A foreign transaction with the family's effect is final (a wallet's own "speed up"): no second nonce ever.</summary>
    Adopted,

    /// <summary>The family's own transaction is final and reverted: another nonce is allowed.</summary>
    Reverted,

    /// <summary>A fill that this signer signed is final on the nonce: another nonce is allowed.</summary>
    Filled,

    /// <summary>Something foreign consumed the nonce and an operator has judged it: another nonce is allowed.</summary>
    Consumed,
}
