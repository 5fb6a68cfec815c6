namespace ChainExec.Ethereum.Accounts;

/// <summary>How a Safe executes a transaction; the numbers are those of the contract's <c>Enum.Operation</c>.</summary>
public enum SafeOperation
{
    /// <summary>The Safe calls the account.</summary>
    Call = 0,

    /// <summary>The Safe runs the account's code as its own, which may do anything to the Safe.</summary>
    DelegateCall = 1,
}
