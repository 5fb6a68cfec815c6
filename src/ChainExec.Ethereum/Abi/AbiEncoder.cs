namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Encodes values by the Solidity ABI specification. Integers may be <see cref="UInt256"/>, <see cref="Int256"/>, <see
/// cref="System.Numerics.BigInteger"/> or the framework's integer types; <c>bytes</c> may be <c>byte[]</c> or
/// <c>ReadOnlyMemory&lt;byte&gt;</c>, <c>bytes32</c> also <see
/// cref="Hash32"/>; arrays and tuples any list.
/// </summary>
public static class AbiEncoder
{
    /// <summary>The largest encoding produced, in bytes.</summary>
    public const int SizeMax = 16 * 1024 * 1024;

    /// <summary>Encodes one value for each type, as the arguments of a call are encoded (without selector).</summary>
    /// <exception cref="AbiException">The counts differ, a value does not fit its type, or the result would exceed <see cref="SizeMax"/>;
    /// it names the argument.</exception>
    public static byte[] Encode(IReadOnlyList<AbiType> types, IReadOnlyList<object> values)
    {
        ArgumentNullException.ThrowIfNull(types);
        ArgumentNullException.ThrowIfNull(values);
        return AbiWriter.Write([], types, values);
    }
}
