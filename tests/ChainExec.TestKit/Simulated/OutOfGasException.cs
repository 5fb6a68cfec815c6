namespace ChainExec.TestKit.Simulated;

/// <summary>A transaction used up its gas limit.</summary>
internal sealed class OutOfGasException() : Exception("Out of gas.");
