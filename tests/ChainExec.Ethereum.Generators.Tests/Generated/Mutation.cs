using System.Buffers.Binary;

namespace ChainExec.Ethereum.Generators.Tests.Generated;

/// <summary>What an attacker does to an encoding: dirty padding, other offsets and lengths, data cut off or behind the end.</summary>
internal static class Mutation
{
    /// <summary>The bytes changed in one way; words start behind <paramref name="prefix"/>.</summary>
    public static byte[] Of(byte[] data, int prefix, Random random)
    {
        int words = (data.Length - prefix) / 32;
        byte[] mutated = [.. data];
        switch (random.Next(6))
        {
            case 0:
                return data[..random.Next(data.Length + 1)];
            case 1:
                return [.. data, .. Plain.Bytes(random.Next(1, 65), random)];
            case 2 when words > 0:
                Span<byte> word = Word(mutated, prefix, words, random);
                word.Clear();
                BinaryPrimitives.WriteInt32BigEndian(word[28..], random.Next(3) == 0 ? random.Next() : 32 * random.Next(words + 2));
                return mutated;
            case 3 when words > 0:
                Word(mutated, prefix, words, random).Fill((byte)(random.Next(2) * 0xFF));
                return mutated;
            case 4 when words > 0:
                Word(mutated, prefix, words, random).CopyTo(Word(mutated, prefix, words, random));
                return mutated;
            default:
                if (mutated.Length > 0)
                    mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));
                return mutated;
        }
    }

    private static Span<byte> Word(byte[] data, int prefix, int words, Random random) => data.AsSpan(prefix + 32 * random.Next(words), 32);
}
