using System.Buffers;

namespace ChainExec.Ethereum.Trie;

/// <summary>
/// The items of a trie one after another in one rented buffer: a block has hundreds of them, and each would cost arrays of its own.
/// Disposed, it gives the buffer back.
/// </summary>
internal sealed class TrieItems(int expected) : IDisposable
{
    private const int BytesOfMost = 640;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, expected) * BytesOfMost);
    private int[] _ends = ArrayPool<int>.Shared.Rent(Math.Max(1, expected));
    private int _length;
    private int _count;

    /// <summary>Adds the next item.</summary>
    internal void Add(ReadOnlySpan<byte> item)
    {
        if (_bytes.Length - _length < item.Length)
        {
            _bytes = Grown(_bytes, _length, _length + item.Length);
        }

        if (_ends.Length == _count)
        {
            _ends = Grown(_ends, _count, _count + 1);
        }

        item.CopyTo(_bytes.AsSpan(_length));
        _length += item.Length;
        _ends[_count++] = _length;
    }

    /// <summary>The root of the trie of all items.</summary>
    /// <exception cref="ArgumentException">An item is empty, which a trie cannot hold.</exception>
    internal Hash32 Root() => OrderedTrie.RootOf(_bytes.AsSpan(0, _length), _ends.AsSpan(0, _count));

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        ArrayPool<int>.Shared.Return(_ends);
        (_bytes, _ends, _length, _count) = ([], [], 0, 0);
    }

    private static T[] Grown<T>(T[] full, int length, int needed)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(Math.Max(needed, length * 2));
        full.AsSpan(0, length).CopyTo(larger);
        ArrayPool<T>.Shared.Return(full);
        return larger;
    }
}
