namespace ChainExec.Ethereum.Attribution;

/// <summary>One call that somebody asked for, and what came of it.</summary>
/// <param name="Index">Its place in the operation.</param>
/// <param name="To">The target; of a creation the contract, null when that has no address.</param>
/// <param name="Operation">How it was made.</param>
/// <param name="Value">Wei sent along.</param>
/// <param name="Data">The call data, or creation code.</param>
/// <param name="IsCreation">True when it made a contract.</param>
/// <param name="Reached">False when something before it failed, so that it was never made.</param>
/// <param name="Success">True when what it did lasted.</param>
/// <param name="FrameIndex">Its frame in the trace; when it was not reached, the frame that should have made it.</param>
/// <param name="Frame">The way to that frame: positions among sub-calls, from the root.</param>
/// <param name="Logs">Places of its logs among those of the receipt, from 0; those of all frames below it are among them.</param>
public sealed record AttributedCall(
    int Index,
    Address? To,
    CallOperation Operation,
    UInt256 Value,
    ReadOnlyMemory<byte> Data,
    bool IsCreation,
    bool Reached,
    bool Success,
    int FrameIndex,
    IReadOnlyList<int> Frame,
    IReadOnlyList<int> Logs)
{
    /// <summary>The function called: the first four bytes of the data; empty when there are fewer, or for a creation.</summary>
    public ReadOnlyMemory<byte> Selector => IsCreation || Data.Length < sizeof(uint) ? default : Data[..sizeof(uint)];
}
