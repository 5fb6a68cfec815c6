namespace ChainExec.Ethereum.Attribution;

/// <summary>Who acted, and through what.</summary>
public enum OperationKind
{
    /// <summary>An EOA made one call.</summary>
    Direct,

    /// <summary>An account executed a user operation through an EntryPoint (ERC-4337).</summary>
    Erc4337,

    /// <summary>A Safe executed a transaction of its owners or of a module.</summary>
    Safe,

    /// <summary>An EOA made calls through Multicall3, in whose name they are.</summary>
    Multicall3,

    /// <summary>An EOA with code (EIP-7702) called itself.</summary>
    Eip7702,
}
