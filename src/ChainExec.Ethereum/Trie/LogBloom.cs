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
        Add(_bits, logs);
    }

    /// <summary>Adds the contracts and topics of logs to the bytes of a filter.</summary>
    internal static void Add(Span<byte> bits, IReadOnlyList<RpcLog> logs)
    {
        for (int index = 0; index < logs.Count; index++)
        {
            RpcLog log = logs[index];
            Add(bits, BloomItem.Of(log.Address));
            for (int topic = 0; topic < log.Topics.Count; topic++)
            {
                Add(bits, BloomItem.Of(log.Topics[topic]));
            }
        }
    }

    /// <summary>Adds one contract or topic.</summary>
    public void Add(BloomItem item) => Add(_bits, item);

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
    public bool MayContain(ReadOnlySpan<byte> item) => MayContain(new BloomItem(item));

    /// <summary>False when no log names the item as its contract or topic.</summary>
    public bool MayContain(BloomItem item) => Has(item.First) && Has(item.Second) && Has(item.Third);

    private bool Has(int bit) => (_bits[Size - 1 - bit / 8] & (1 << (bit % 8))) != 0;

    private static void Add(Span<byte> bits, BloomItem item)
    {
        Set(bits, item.First);
        Set(bits, item.Second);
        Set(bits, item.Third);
    }

    private static void Set(Span<byte> bits, int bit) => bits[Size - 1 - bit / 8] |= (byte)(1 << (bit % 8));
}
