namespace ChainExec.Ethereum.Abi;

/// <summary>
/// The packed mode of the Solidity ABI specification, <c>abi.encodePacked</c>: values one behind the other without padding, offsets and
/// lengths, except that elements of arrays are padded to 32 bytes. It is ambiguous (<c>("a","bc")</c> gives the same as <c>("ab","c")</c>)
/// and cannot be decoded; it is for hashes that a contract makes in this way.
/// </summary>
public static class AbiPacked
{
    /// <summary>Encodes one value for each type; values as for <see cref="AbiEncoder"/>.</summary>
    /// <exception cref="AbiException">A type is a tuple or an array of arrays, tuples, <c>bytes</c> or <c>string</c>, which have no packed
    /// encoding; the counts differ, a value does not fit its type, or the result would exceed <see cref="AbiEncoder.SizeMax"/>. It names the
    /// argument.</exception>
    public static byte[] Encode(IReadOnlyList<AbiType> types, IReadOnlyList<object> values) => Write(types, values).ToArray();

    /// <summary>The Keccak-256 of the packed encoding, <c>keccak256(abi.encodePacked(…))</c>.</summary>
    /// <exception cref="AbiException">As for <see cref="Encode"/>.</exception>
    public static Hash32 Hash(IReadOnlyList<AbiType> types, IReadOnlyList<object> values) => Keccak256.Hash(Write(types, values));

    private static ReadOnlySpan<byte> Write(IReadOnlyList<AbiType> types, IReadOnlyList<object> values)
    {
        ArgumentNullException.ThrowIfNull(types);
        ArgumentNullException.ThrowIfNull(values);
        if (types.Count != values.Count)
        {
            throw new AbiException($"{types.Count} values are needed, {values.Count} were given", Math.Min(types.Count, values.Count));
        }

        for (int i = 0; i < types.Count; i++)
        {
            AbiType single = types[i].Element ?? types[i];
            bool isPackable = single.Kind is not (AbiKind.Array or AbiKind.Tuple) && (types[i].Element is null || !single.IsDynamic);
            if (!isPackable)
            {
                throw new AbiException($"{types[i].Shown} has no packed encoding", i);
            }
        }

        return AbiInPlace.Write(types, values);
    }
}
