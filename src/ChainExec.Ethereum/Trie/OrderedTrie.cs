using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Trie;

/// <summary>
/// The Merkle-Patricia trie of a list (Yellow Paper, appendix D): the key of an item is the RLP of its place. A block's header commits to
/// its transactions and receipts by the roots of such tries, so whoever has all items can tell whether they are all and unchanged.
/// </summary>
public static class OrderedTrie
{
    private const int Branches = 16;
    private const int EmbeddedMax = 31;

    /// <summary>The root of no items: keccak of the empty string's RLP.</summary>
    public static Hash32 EmptyRoot { get; } = Keccak256.Hash([0x80]);

    /// <summary>The root of the items in their order; an item is whatever bytes the list holds and is not empty.</summary>
    /// <exception cref="ArgumentException">An item is empty, which a trie cannot hold.</exception>
    public static Hash32 RootOf(IReadOnlyList<byte[]> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (items.Count == 0)
        {
            return EmptyRoot;
        }

        var entries = new Entry[items.Count];
        for (int index = 0; index < entries.Length; index++)
        {
            entries[index] = items[index].Length > 0
                ? new Entry(NibblesOf(index), items[index])
                : throw new ArgumentException($"Item {index} is empty.", nameof(items));
        }

        Array.Sort(entries, static (left, right) => left.Path.AsSpan().SequenceCompareTo(right.Path));
        return Keccak256.Hash(NodeOf(entries, depth: 0));
    }

    // The node of entries that share the first nibbles of their paths. No key of a list is the beginning of another, so a branch has no
    // value of its own.
    private static byte[] NodeOf(ReadOnlySpan<Entry> entries, int depth)
    {
        ReadOnlySpan<byte> first = entries[0].Path.AsSpan(depth);
        var writer = new RlpWriter();
        writer.BeginList();
        if (entries.Length == 1)
        {
            writer.WriteBytes(HexPrefix(first, isLeaf: true));
            writer.WriteBytes(entries[0].Value);
            writer.EndList();
            return writer.ToArray();
        }

        int shared = first.CommonPrefixLength(entries[^1].Path.AsSpan(depth));
        if (shared > 0)
        {
            writer.WriteBytes(HexPrefix(first[..shared], isLeaf: false));
            WriteReference(writer, NodeOf(entries, depth + shared));
        }
        else
        {
            WriteBranch(writer, entries, depth);
        }

        writer.EndList();
        return writer.ToArray();
    }

    private static void WriteBranch(RlpWriter writer, ReadOnlySpan<Entry> entries, int depth)
    {
        int next = 0;
        for (int nibble = 0; nibble < Branches; nibble++)
        {
            int start = next;
            while (next < entries.Length && entries[next].Path[depth] == nibble)
            {
                next++;
            }

            if (next == start)
            {
                writer.WriteBytes([]);
            }
            else
            {
                WriteReference(writer, NodeOf(entries[start..next], depth + 1));
            }
        }

        writer.WriteBytes([]);
    }

    // A node of less than 32 bytes stands within its parent; a larger one is named by its hash.
    private static void WriteReference(RlpWriter writer, byte[] node)
    {
        if (node.Length <= EmbeddedMax)
        {
            foreach (byte part in node)
            {
                writer.WriteRaw(part);
            }
        }
        else
        {
            Span<byte> hash = stackalloc byte[Hash32.Size];
            Keccak256.Hash(node, hash);
            writer.WriteBytes(hash);
        }
    }

    // Yellow Paper, appendix C: the first nibble says leaf or extension, and whether the number of nibbles is odd.
    private static byte[] HexPrefix(ReadOnlySpan<byte> nibbles, bool isLeaf)
    {
        int odd = nibbles.Length % 2;
        byte[] encoded = new byte[nibbles.Length / 2 + 1];
        encoded[0] = (byte)(((isLeaf ? 2 : 0) + odd) << 4);
        if (odd == 1)
        {
            encoded[0] |= nibbles[0];
        }

        for (int index = odd; index < nibbles.Length; index += 2)
        {
            encoded[(index + 1) / 2 + (1 - odd)] = (byte)((nibbles[index] << 4) | nibbles[index + 1]);
        }

        return encoded;
    }

    private static byte[] NibblesOf(int index)
    {
        var writer = new RlpWriter(8);
        writer.WriteInteger((ulong)index);
        byte[] key = writer.ToArray();
        byte[] nibbles = new byte[key.Length * 2];
        for (int place = 0; place < key.Length; place++)
        {
            nibbles[2 * place] = (byte)(key[place] >> 4);
            nibbles[2 * place + 1] = (byte)(key[place] & 0xf);
        }

        return nibbles;
    }

    private readonly record struct Entry(byte[] Path, byte[] Value);
}
