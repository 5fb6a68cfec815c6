namespace ChainExec.Ethereum.Traces;

/// <summary>How a frame was entered.</summary>
public enum CallFrameType
{
    /// <summary>CALL, and the transaction itself when it calls.</summary>
    Call,

    /// <summary>STATICCALL: nothing in it may change state, so it has no logs.</summary>
    StaticCall,

    /// <summary>DELEGATECALL: the code of <c>to</c> in the name of <c>from</c>; its logs carry the address of <c>from</c>.</summary>
    DelegateCall,

    /// <summary>CALLCODE, the forerunner of DELEGATECALL.</summary>
    CallCode,

    /// <summary>CREATE, and the transaction itself when it creates.</summary>
    Create,

    /// <summary>CREATE2 (EIP-1014).</summary>
    Create2,

    /// <summary>SELFDESTRUCT: no code runs in it; it moves the balance of <c>from</c> to <c>to</c>.</summary>
    SelfDestruct,
}
