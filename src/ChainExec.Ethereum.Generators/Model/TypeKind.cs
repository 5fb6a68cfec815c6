namespace ChainExec.Ethereum.Generators.Model;

/// <summary>How a type of the ABI is held in C#.</summary>
internal enum TypeKind
{
    /// <summary>An unsigned integer, or the scaled integer of an unsigned fixed-point type.</summary>
    Unsigned,

    /// <summary>A signed integer, or the scaled integer of a signed fixed-point type.</summary>
    Signed,

    /// <summary>An address.</summary>
    Address,

    /// <summary>A truth value.</summary>
    Bool,

    /// <summary><c>bytes32</c>.</summary>
    Hash,

    /// <summary>A shorter byte string of fixed length, or a function reference.</summary>
    FixedBytes,

    /// <summary>A byte string of any length.</summary>
    Bytes,

    /// <summary>A text.</summary>
    Text,

    /// <summary>An array as a list.</summary>
    List,

    /// <summary>A tuple, or a short array of static elements, as a value with a field for each.</summary>
    Struct,
}
