using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Trie;

/// <summary>
/// The bloom filter of 2048 bits over the contracts and topics of logs (Yellow Paper, section 4.3.1). What it does not hold was certainly
/// not emitted; what it seems to hold may be a coincidence, and on busy blocks often is.
/// </summary>
public sealed class LogBloom
{
    /// <summary>The bytes of a bloom filter.</summary>
    public const int Size = 256;

    private readonly byte[] _bits;

    /// <summary>An empty filter.</summary>
    public LogBloom() => _bits = new byte[Size];

    /// <summary>The filter of a header or receipt.</summary>
    /// <exception cref="ArgumentException">There are not 256 bytes.</exception>
    public LogBloom(ReadOnlyMemory<byte> bits) => _bits = bits.Length == Size
        ? bits.ToArray()
        : throw new ArgumentException($"A bloom filter has {Size} bytes, not {bits.Length}.", nameof(bits));

    /// <summary>The filter's bytes.</summary>
    public ReadOnlySpan<byte> Bits => _bits;

    /// <summary>Adds the contracts and topics of logs.</summary>
    public void Add(IReadOnlyList<RpcLog> logs)
    {
        ArgumentNullException.ThrowIfNull(logs);
        Span<byte> item = stackalloc byte[Hash32.Size];
        foreach (RpcLog log in logs)
        {
            log.Address.CopyTo(item);
            Set(item[..Address.Size]);
            foreach (Hash32 topic in log.Topics)
            {
                topic.CopyTo(item);
                Set(item);
            }
        }
    }

    /// <summary>Adds what another filter holds.</summary>
    public void Add(LogBloom other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int index = 0; index < Size; index++)
        {
            _bits[index] |= other._bits[index];
        }
    }

    /// <summary>False when no log names the item (an address of 20 bytes or a topic of 32) as its contract or topic.</summary>
    public bool MayContain(ReadOnlySpan<byte> item)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        Keccak256.Hash(item, hash);
        for (int pair = 0; pair < 6; pair += 2)
        {
            (int place, byte mask) = BitOf(hash, pair);
            if ((_bits[place] & mask) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private void Set(ReadOnlySpan<byte> item)
    {
        Span<byte> hash = stackalloc byte[Hash32.Size];
        Keccak256.Hash(item, hash);
        for (int pair = 0; pair < 6; pair += 2)
        {
            (int place, byte mask) = BitOf(hash, pair);
            _bits[place] |= mask;
        }
    }

    private static (int Place, byte Mask) BitOf(ReadOnlySpan<byte> hash, int pair)
    {
        int bit = ((hash[pair] << 8) | hash[pair + 1]) & 2047;
        return (Size - 1 - bit / 8, (byte)(1 << (bit % 8)));
    }
}
