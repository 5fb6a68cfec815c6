namespace ChainExec.Ethereum.TypedData;

/// <summary>The kinds of types that EIP-712 encodes differently.</summary>
internal enum TypedDataKind
{
    Address,
    Bool,
    UnsignedInteger,
    SignedInteger,
    FixedBytes,
    Bytes,
    Text,
    Array,
    Struct,
}
