namespace ChainExec.Ethereum.Abi;

/// <summary>Where a parameter is declared, which decides the words that may stand between its type and its name.</summary>
internal enum AbiParameterPlace
{
    /// <summary>Of a function, constructor or error: <c>memory</c>, <c>calldata</c> or <c>storage</c>.</summary>
    Function,

    /// <summary>Of an event: <c>indexed</c>.</summary>
    Event,

    /// <summary>Of a tuple or struct: none.</summary>
    Component,
}
