namespace ChainExec.Governance;

/// <summary>A screening list would lose more than half of its addresses, and nobody said that it may.</summary>
internal sealed class ShrinkingListException(string message) : Exception(message);
