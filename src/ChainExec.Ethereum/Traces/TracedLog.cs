namespace ChainExec.Ethereum.Traces;

/// <summary>A log that lasted, and the frame that emitted it.</summary>
/// <param name="Index">Its place among the logs of the transaction that lasted, from 0.</param>
/// <param name="CallIndex">The frame, as <see cref="TracedCall.Index"/>.</param>
/// <param name="Log">The log.</param>
public sealed record TracedLog(int Index, int CallIndex, CallFrameLog Log);
