namespace ChainExec.Ethereum.Abi;

/// <summary>A parameter of a function, event or error, or a component of a tuple.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name; empty when the signature gives none.</param>
/// <param name="Indexed">True for an event parameter that is stored as a topic.</param>
public sealed record AbiParameter(AbiType Type, string Name, bool Indexed);
