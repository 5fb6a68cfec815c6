namespace ChainExec.Ethereum.Attribution;

/// <summary>One call that the input of a batch asks for, before anybody looked whether it was made.</summary>
/// <param name="Operation">How it is to be made; of no meaning when <paramref name="To"/> is null.</param>
/// <param name="To">The target; null for the account itself, which may call itself or run the code in place.</param>
/// <param name="Value">Wei sent along.</param>
/// <param name="Data">The call data: a slice of the batch's input, not a copy.</param>
public readonly record struct PlannedCall(CallOperation Operation, Address? To, UInt256 Value, ReadOnlyMemory<byte> Data);
