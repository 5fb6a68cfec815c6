namespace ChainExec.Ethereum.Attribution;

/// <summary>What one account did in a transaction.</summary>
/// <param name="Kind">Through what.</param>
/// <param name="Account">The account; for <see cref="OperationKind.Multicall3"/> its caller.</param>
/// <param name="Contract">The contract that reports it: the EntryPoint, the Safe, Multicall3, or the account. Anybody can deploy a contract
/// that behaves like an EntryPoint: who settles money by an operation looks whether this is one that it trusts.</param>
/// <param name="UserOpHash">The hash of the user operation; null for others, and for one that was never come to.</param>
/// <param name="Success">For a user operation what the EntryPoint reports; for a Safe whether its call succeeded.</param>
/// <param name="FrameIndex">Its frame in the trace: of a user operation the EntryPoint's call of its own <c>innerHandleOp</c>.</param>
/// <param name="Frame">The way to that frame: positions among sub-calls, from the root.</param>
/// <param name="Calls">Its calls, in the order of its batch.</param>
public sealed record AttributedOperation(
    OperationKind Kind,
    Address Account,
    Address Contract,
    Hash32? UserOpHash,
    bool Success,
    int FrameIndex,
    IReadOnlyList<int> Frame,
    IReadOnlyList<AttributedCall> Calls);
