namespace ChainExec.Ethereum.TypedData;

/// <summary>One member of a struct type of EIP-712.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type as EIP-712 writes it: <c>uint256</c>, <c>bytes</c>, <c>Person</c>, <c>Person[2][]</c>; never the aliases
/// <c>uint</c> and <c>int</c>.</param>
public sealed record TypedDataField(string Name, string Type);
