namespace ChainExec.TestKit.Simulated;

/// <summary>What a simulated token does when it is asked to move.</summary>
public enum TokenBehaviour
{
    /// <summary>Moves, logs and returns true.</summary>
    Normal,

    /// <summary>Returns false, moves nothing and does not revert.</summary>
    ReturnsFalse,

    /// <summary>Moves and returns no bytes, as the tokens of the first years do.</summary>
    ReturnsNothing,

    /// <summary>Keeps a part of what it moves, logged as a transfer to the token itself.</summary>
    TakesFee,

    /// <summary>Logs a transfer and returns true, and moves nothing.</summary>
    OnlyLogs,
}
