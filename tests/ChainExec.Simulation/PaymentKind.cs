namespace ChainExec.Simulation;

/// <summary>What a payment does on the chain.</summary>
internal enum PaymentKind
{
    /// <summary>It moves a token.</summary>
    Transfer,

    /// <summary>It sets what its recipient may take of a token.</summary>
    Allowance,

    /// <summary>It moves native coin.</summary>
    Coin,
}
