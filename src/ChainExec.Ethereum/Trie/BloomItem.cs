namespace ChainExec.Ethereum.Trie;

/// <summary>A contract or topic as bloom filters of logs hold it: three places, hashed once and looked up in many filters.</summary>
public readonly record struct BloomItem
{
    private const int PlaceMask = 2047;

    /// <summary>The item of an address of 20 bytes or a topic of 32.</summary>
    public BloomItem(ReadOnlySpan<byte> item)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        Keccak256.Hash(item, hash);
        First = (ushort)(((hash[0] << 8) | hash[1]) & PlaceMask);
        Second = (ushort)(((hash[2] << 8) | hash[3]) & PlaceMask);
        Third = (ushort)(((hash[4] << 8) | hash[5]) & PlaceMask);
    }

    internal ushort First { get; }

    internal ushort Second { get; }

    internal ushort Third { get; }

    /// <summary>The item of a contract.</summary>
    public static BloomItem Of(Address address)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        address.CopyTo(bytes);
        return new BloomItem(bytes);
    }

    /// <summary>The item of a topic.</summary>
    public static BloomItem Of(Hash32 topic)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        topic.CopyTo(bytes);
        return new BloomItem(bytes);
    }
}
