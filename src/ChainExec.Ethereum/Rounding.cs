namespace ChainExec.Ethereum;

/// <summary>What becomes of the part that does not fit. There is no default: whoever divides money says who gets the rest.</summary>
public enum Rounding
{
    /// <summary>Towards 0: what does not fit is dropped.</summary>
    Down,

    /// <summary>Away from 0: any rest counts as one more.</summary>
    Up,

    /// <summary>To the nearest; a half goes away from 0.</summary>
    HalfUp,

    /// <summary>To the nearest; a half goes to the even neighbour.</summary>
    HalfEven,
}
