namespace ChainExec.Ethereum.Rpc;

/// <summary>What a node's error means for the one who asked.</summary>
public enum RpcErrorClass
{
    /// <summary>No rule matched: never a reason to act as if something were known.</summary>
    Unknown,

    /// <summary>The contract reverted; whatever its words say, they are the contract's.</summary>
    Reverted,

    /// <summary>The node has this very transaction already.</summary>
    AlreadyKnown,

    /// <summary>The nonce is used on the node's chain: by this transaction or by another.</summary>
    NonceTooLow,

    /// <summary>The nonce is further ahead than the node accepts.</summary>
    NonceTooHigh,

    /// <summary>Another transaction with this nonce is in the pool and the fees are not enough above it.</summary>
    ReplacementUnderpriced,

    /// <summary>The fees are below what the pool accepts.</summary>
    Underpriced,

    /// <summary>The fee cap is below the base fee.</summary>
    FeeCapBelowBaseFee,

    /// <summary>The total fee is above what the node is configured to send.</summary>
    FeeCapExceeded,

    /// <summary>The sender cannot pay value and fees.</summary>
    InsufficientFunds,

    /// <summary>The gas limit is below what the transaction costs before it runs.</summary>
    IntrinsicGas,

    /// <summary>The gas limit is above the block's, or the call needs more gas than it may have.</summary>
    GasLimit,

    /// <summary>The gas limit is above the protocol's cap for one transaction (EIP-7825).</summary>
    GasOverThePerTransactionCap,

    /// <summary>The node does not take this type of transaction.</summary>
    TxTypeUnsupported,

    /// <summary>The transaction itself is wrong for the node: of another chain, too large, or without replay protection.</summary>
    Malformed,

    /// <summary>The pool has no room.</summary>
    PoolFull,

    /// <summary>A delegated account (EIP-7702) has as many transactions in flight as the pool allows.</summary>
    DelegatedInFlightLimit,

    /// <summary>Another pool of the node holds transactions of this account.</summary>
    AccountReserved,

    /// <summary>Too many requests.</summary>
    RateLimited,

    /// <summary>The range or the answer is larger than the provider serves.</summary>
    RangeTooLarge,

    /// <summary>The node cannot serve this now: overloaded, timed out, syncing, or without the state.</summary>
    Unavailable,
}
