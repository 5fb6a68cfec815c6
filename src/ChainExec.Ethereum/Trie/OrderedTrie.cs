using System.Numerics;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Trie;

/// <summary>
/// The Merkle-Patricia trie of a list (Yellow Paper, appendix D): the key of an item is the RLP of its place. A block's header commits to
/// its transactions and receipts by the roots of such tries, so whoever has all items can tell whether they are all and unchanged.
/// </summary>
public static class OrderedTrie
{
    /// <summary>The root of no items: keccak of the empty string's RLP.</summary>
    public static Hash32 EmptyRoot { get; } = Keccak256.Hash([0x80]);

    /// <summary>The root of the items in their order; an item is whatever bytes the list holds and is not empty.</summary>
    /// <exception cref="ArgumentException">An item is empty, which a trie cannot hold.</exception>
    public static Hash32 RootOf(IReadOnlyList<byte[]> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        int[] ends = new int[items.Count];
        int length = 0;
        for (int index = 0; index < ends.Length; index++)
        {
            length += items[index].Length;
            ends[index] = length;
        }

        byte[] joined = new byte[length];
        for (int index = 0; index < ends.Length; index++)
        {
            items[index].CopyTo(joined, ends[index] - items[index].Length);
        }

        return RootOf(joined, ends);
    }

    /// <summary>The root of items that stand one after another.</summary>
    /// <param name="items">All of their bytes.</param>
    /// <param name="ends">Where each one ends.</param>
    /// <exception cref="ArgumentException">An item is empty, which a trie cannot hold.</exception>
    internal static Hash32 RootOf(ReadOnlySpan<byte> items, ReadOnlySpan<int> ends) =>
        ends.IsEmpty ? EmptyRoot : new Builder(items, ends).Root();

    /// <summary>
    /// Where an item stands, as the nibbles of its key from the top of a word: keys have at most five bytes. They are sorted without being
    /// compared: 1 to 127 are one byte each, 0 is 0x80, and the rest begin with 0x81 and more, by their length.
    /// </summary>
    private readonly ref struct Builder
    {
        private const int Branches = 16;
        private const int EmbeddedMax = 31;
        private const int NibblesMax = 10;
        private const int OneByteEnd = 128;

        private readonly ReadOnlySpan<byte> _items;
        private readonly ReadOnlySpan<int> _ends;

        // One for each level of the trie, used again by every node of that level.
        private readonly RlpWriter[] _levels;

        public Builder(ReadOnlySpan<byte> items, ReadOnlySpan<int> ends)
        {
            _items = items;
            _ends = ends;
            _levels = new RlpWriter[NibblesMax + 1];
        }

        public Hash32 Root() => Keccak256.Hash(Node(first: 0, count: _ends.Length, depth: 0, level: 0));

        // The node of entries that share the first nibbles of their keys. No key of a list is the beginning of another, so a branch has no
        // value of its own.
        private ReadOnlySpan<byte> Node(int first, int count, int depth, int level)
        {
            RlpWriter writer = _levels[level] ??= new RlpWriter(1024);
            writer.Clear();
            writer.BeginList();
            (ulong key, int length) = KeyOf(ItemAt(first));
            if (count == 1)
            {
                WritePath(writer, key, depth, length, isLeaf: true);
                writer.WriteBytes(Item(ItemAt(first)));
            }
            else
            {
                int shared = Shared(key, KeyOf(ItemAt(first + count - 1)).Nibbles, depth);
                if (shared > 0)
                {
                    WritePath(writer, key, depth, depth + shared, isLeaf: false);
                    WriteReference(writer, Node(first, count, depth + shared, level + 1));
                }
                else
                {
                    WriteBranch(writer, first, count, depth, level);
                }
            }

            writer.EndList();
            return writer.Written;
        }

        private void WriteBranch(RlpWriter writer, int first, int count, int depth, int level)
        {
            int next = first;
            for (int nibble = 0; nibble < Branches; nibble++)
            {
                int start = next;
                while (next < first + count && NibbleAt(KeyOf(ItemAt(next)).Nibbles, depth) == nibble)
                {
                    next++;
                }

                if (next == start)
                {
                    writer.WriteBytes([]);
                }
                else
                {
                    WriteReference(writer, Node(start, next - start, depth + 1, level + 1));
                }
            }

            writer.WriteBytes([]);
        }

        // A node of less than 32 bytes stands within its parent; a larger one is named by its hash.
        private static void WriteReference(RlpWriter writer, ReadOnlySpan<byte> node)
        {
            if (node.Length <= EmbeddedMax)
            {
                writer.WriteEncoded(node);
                return;
            }

            Span<byte> hash = stackalloc byte[Hash32.Size];
            Keccak256.Hash(node, hash);
            writer.WriteBytes(hash);
        }

        // Yellow Paper, appendix C: the first nibble says leaf or extension, and whether the number of nibbles is odd.
        private static void WritePath(RlpWriter writer, ulong key, int from, int to, bool isLeaf)
        {
            int odd = (to - from) % 2;
            Span<byte> encoded = stackalloc byte[NibblesMax / 2 + 1];
            int length = (to - from) / 2 + 1;
            encoded[0] = (byte)((((isLeaf ? 2 : 0) + odd) << 4) | (odd == 1 ? NibbleAt(key, from) : 0));
            for (int index = 1; index < length; index++)
            {
                int place = from + odd + 2 * (index - 1);
                encoded[index] = (byte)((NibbleAt(key, place) << 4) | NibbleAt(key, place + 1));
            }

            writer.WriteBytes(encoded[..length]);
        }

        // Which item comes at that place in the order of the keys.
        private int ItemAt(int place)
        {
            int small = Math.Min(_ends.Length, OneByteEnd) - 1;
            return place < small ? place + 1 : place == small ? 0 : place;
        }

        private ReadOnlySpan<byte> Item(int index)
        {
            int start = index == 0 ? 0 : _ends[index - 1];
            return _ends[index] > start
                ? _items[start.._ends[index]]
                : throw new ArgumentException($"Item {index} is empty.");
        }

        private static (ulong Nibbles, int Length) KeyOf(int index)
        {
            if (index < OneByteEnd)
            {
                return ((ulong)(index == 0 ? 0x80 : index) << 56, 2);
            }

            int bytes = (39 - int.LeadingZeroCount(index)) / 8;
            ulong key = ((ulong)(0x80 + bytes) << 56) | ((ulong)index << (56 - 8 * bytes));
            return (key, 2 + 2 * bytes);
        }

        private static int NibbleAt(ulong key, int place) => (int)(key >> (60 - 4 * place)) & 0xf;

        // How many nibbles two keys have in common from a place on.
        private static int Shared(ulong one, ulong other, int depth) => (BitOperations.LeadingZeroCount(one ^ other) / 4) - depth;
    }
}
