namespace ChainExec.Ethereum.Attribution;

/// <summary>Reads the calls that the arguments of a batch function ask for.</summary>
/// <returns>The calls in the order in which they are made; null when the arguments are not of this layout.</returns>
public delegate IReadOnlyList<PlannedCall>? BatchLayout(CallArguments arguments);
