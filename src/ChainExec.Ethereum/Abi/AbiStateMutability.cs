namespace ChainExec.Ethereum.Abi;

/// <summary>What a function may do to the state and whether it takes native coin.</summary>
public enum AbiStateMutability
{
    /// <summary>May change the state, refuses native coin; what a declaration means that says nothing.</summary>
    Nonpayable,

    /// <summary>May change the state and takes native coin.</summary>
    Payable,

    /// <summary>Reads the state and does not change it.</summary>
    View,

    /// <summary>Neither reads nor changes the state.</summary>
    Pure,
}
