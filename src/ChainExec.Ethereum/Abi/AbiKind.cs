namespace ChainExec.Ethereum.Abi;

/// <summary>The families of types in the Solidity ABI specification.</summary>
public enum AbiKind
{
    /// <summary><c>uint8</c> to <c>uint256</c>; values are <see cref="UInt256"/>.</summary>
    UnsignedInteger,

    /// <summary><c>int8</c> to <c>int256</c>; values are <see cref="System.Numerics.BigInteger"/>.</summary>
    SignedInteger,

    /// <summary><c>ufixed8x1</c> to <c>ufixed256x80</c>; values are the scaled integer as <see cref="UInt256"/>.</summary>
    UnsignedFixed,

    /// <summary><c>fixed8x1</c> to <c>fixed256x80</c>; values are the scaled integer as <see cref="System.Numerics.BigInteger"/>.</summary>
    SignedFixed,

    /// <summary><c>address</c>; values are <see cref="Ethereum.Address"/>.</summary>
    Address,

    /// <summary><c>bool</c>; values are <see cref="bool"/>.</summary>
    Bool,

    /// <summary><c>bytes1</c> to <c>bytes32</c>; values are byte arrays of that length.</summary>
    FixedBytes,

    /// <summary><c>function</c>, an address and a selector; values are byte arrays of 24.</summary>
    Function,

    /// <summary><c>bytes</c>; values are byte arrays.</summary>
    Bytes,

    /// <summary><c>string</c>, UTF-8; values are <see cref="string"/>.</summary>
    Text,

    /// <summary><c>T[]</c> and <c>T[k]</c>; values are arrays of objects.</summary>
    Array,

    /// <summary><c>(T1,…,Tn)</c>; values are arrays of objects, one for each component.</summary>
    Tuple,
}
