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
}
