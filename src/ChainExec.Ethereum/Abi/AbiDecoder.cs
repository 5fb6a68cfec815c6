namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Decodes untrusted bytes by the Solidity ABI specification. Offsets and lengths are checked before anything is allocated for them. For n
/// bytes of data the values take at most 40·n + 65,536 bytes of memory (about 3·n for types without nests of one-element arrays, which are
/// what needs more), and a lenient run reads at most 8·n + 4,096 bytes; a strict one reads none twice. Recursion is at most <see
/// cref="AbiType.DepthMax"/> deep. Bytes behind the last value are accepted, as contracts accept them.
/// </summary>
public static class AbiDecoder
{
    // What the runtime takes: the header and length of an array, a reference in it.
    internal const int ObjectSize = 24;
    internal const int ReferenceSize = 8;

    // The costliest type is a nest of 32 arrays of one element around each word: 32·32 bytes, and at most 96 for the value itself.
    internal const int MemoryPerByte = 40;
    internal const int MemoryFree = 64 * 1024;

    // Callers may point several offsets at one tail to save call data; more than a few is a bomb: offsets of offsets multiply.
    internal const int ReadsPerByte = 8;
    internal const int ReadsFree = 4096;

    /// <summary>
    /// Decodes strictly, one value for each type. Values: <see cref="Address"/>, <see cref="UInt256"/> for unsigned, <see
    /// cref="System.Numerics.BigInteger"/> for signed, <see cref="bool"/>, <c>byte[]</c>, <see cref="string"/>, <c>object[]</c> for arrays
    /// and tuples.
    /// </summary>
    /// <exception cref="AbiException">The data is no strict encoding of these types; it names the byte.</exception>
    public static object[] Decode(IReadOnlyList<AbiType> types, ReadOnlySpan<byte> data) => Decode(types, data, AbiStrictness.Strict);

    /// <summary>Decodes one value for each type, strictly or as contracts do.</summary>
    /// <exception cref="AbiException">The data is no such encoding of these types; it names the byte.</exception>
    public static object[] Decode(IReadOnlyList<AbiType> types, ReadOnlySpan<byte> data, AbiStrictness strictness)
    {
        ArgumentNullException.ThrowIfNull(types);
        var reader = new AbiReader(data, strictness);
        return reader.ReadArguments(types);
    }
}
