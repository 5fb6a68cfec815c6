namespace ChainExec.Ethereum.Traces;

/// <summary>
/// One call of a traced transaction, as callTracer tells it. What the node says is taken over as it is: the gas of the root is the whole
/// limit on some nodes and the limit less the intrinsic cost on others.
/// </summary>
/// <param name="Type">How it was entered.</param>
/// <param name="From">The caller.</param>
/// <param name="To">The account called or created; null when a creation failed before there was an address.</param>
/// <param name="Value">Wei sent along; null where the node names none, as in a DELEGATECALL or STATICCALL.</param>
/// <param name="Gas">The gas it was given.</param>
/// <param name="GasUsed">The gas it used, its sub-calls included; on some nodes above <paramref name="Gas"/> in the root.</param>
/// <param name="Input">The call data or creation code.</param>
/// <param name="Output">What it returned, the code of a creation, or the revert data; empty when there is none.</param>
/// <param name="Error">The node's word for its failure, cut to <see cref="TextMax"/>; null when it succeeded. What a failed frame and all
/// below it did is undone.</param>
/// <param name="RevertReason">The string of <c>Error(string)</c> as the node read it, cut likewise. It is the contract's word.</param>
/// <param name="Logs">Its own logs, in order. Nodes clear them in failed frames, but not all do.</param>
/// <param name="Calls">Its sub-calls, in order; precompiles and SELFDESTRUCT are among them.</param>
public sealed record CallFrame(
    CallFrameType Type,
    Address From,
    Address? To,
    UInt256? Value,
    ulong Gas,
    ulong GasUsed,
    ReadOnlyMemory<byte> Input,
    ReadOnlyMemory<byte> Output,
    string? Error,
    string? RevertReason,
    IReadOnlyList<CallFrameLog> Logs,
    IReadOnlyList<CallFrame> Calls)
{
    /// <summary>How deep calls can nest: the EVM's own limit. A trace that is deeper is refused.</summary>
    public const int DepthMax = 1024;

    /// <summary>
    /// The most frames of one transaction that are read, about twice what the gas of EIP-7825 can pay for. More are refused.
    /// </summary>
    public const int FramesMax = 300_000;

    /// <summary>The longest <see cref="Error"/> and <see cref="RevertReason"/> kept, in characters.</summary>
    public const int TextMax = 1024;

    /// <summary>True when it failed, so that nothing of it and below it lasted.</summary>
    public bool Failed => Error is not null;
}
