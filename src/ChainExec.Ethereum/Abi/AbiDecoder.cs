namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Decodes untrusted bytes by the Solidity ABI specification, strictly: padding must be zero, booleans 0 or 1, strings UTF-8, offsets and
/// lengths inside the data. No byte may be read by two values, so the work and the memory are bounded by the length of the data.
/// Bytes behind the last value are accepted, as contracts accept them.
/// </summary>
public static class AbiDecoder
{
    /// <summary>
    /// Decodes one value for each type. Values: <see cref="Address"/>, <see cref="UInt256"/> for unsigned, <see
    /// cref="System.Numerics.BigInteger"/>
    /// for signed, <see cref="bool"/>, <c>byte[]</c>, <see cref="string"/>, <c>object[]</c> for arrays and tuples.
    /// </summary>
    /// <exception cref="AbiException">The data is no strict encoding of these types; it names the byte.</exception>
    public static object[] Decode(IReadOnlyList<AbiType> types, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(types);
        var reader = new AbiReader(data);
        return reader.ReadArguments(types);
    }
}
