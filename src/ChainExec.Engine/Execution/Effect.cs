using ChainExec.Calls;
using ChainExec.Ethereum;

namespace ChainExec.Execution;

/// <summary>The hash of what a transaction does apart from its price: equal for every attempt of one carrier.</summary>
internal static class Effect
{
    public static Hash32 HashOf(long chain, Address sender, Address to, TokenAmount value, ReadOnlySpan<byte> data)
    {
        byte[] bytes = new byte[8 + Address.Size + Address.Size + 32 + Hash32.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, chain);
        sender.CopyTo(bytes.AsSpan(8));
        to.CopyTo(bytes.AsSpan(28));
        value.ToUInt256().WriteBigEndian(bytes.AsSpan(48, 32));
        Keccak256.Hash(data, bytes.AsSpan(80));
        return Keccak256.Hash(bytes);
    }

    /// <summary>Whether a carrier does what an intent was to do: its one call, or exactly its calls among those of a batch.</summary>
    /// <param name="data">What the carrier's transaction has as calldata.</param>
    /// <param name="made">The calls of the intent.</param>
    public static bool Is(Carrier carrier, ReadOnlySpan<byte> data, Intent intent, IReadOnlyList<BlockchainCall> made)
    {
        if (carrier.Families.Count == 0)
        {
            return made is [var only]
                && carrier.EffectHash == HashOf(intent.Chain, intent.Sender, only.To, only.Value, only.Data.Span);
        }

        if (carrier.Chain != intent.Chain || carrier.Sender != intent.Sender || BatchCall.Decode(data) is not { } calls
            || calls.Count != carrier.Families.Count)
            return false;
        CallBody[] its = [.. calls.Where((_, place) => carrier.Families[place] == intent.FamilyKey)];
        return its.Length == made.Count && its.Zip(made).All(pair =>
            pair.First.To == pair.Second.To && pair.First.Value == pair.Second.Value
            && pair.First.Data.Span.SequenceEqual(pair.Second.Data.Span));
    }
}
