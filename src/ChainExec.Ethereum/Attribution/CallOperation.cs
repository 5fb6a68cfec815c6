namespace ChainExec.Ethereum.Attribution;

/// <summary>How a batch makes one of its calls.</summary>
public enum CallOperation
{
    /// <summary>CALL.</summary>
    Call,

    /// <summary>DELEGATECALL: the code of the target in the account's name.</summary>
    DelegateCall,

    /// <summary>STATICCALL.</summary>
    StaticCall,
}
