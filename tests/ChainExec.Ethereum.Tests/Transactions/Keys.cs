using ChainExec.Ethereum.Crypto;

namespace ChainExec.Ethereum.Tests.Transactions;

internal static class Keys
{
    /// <summary>The key of EIP-155's example: 32 bytes of 0x46.</summary>
    internal static PrivateKey Example()
    {
        byte[] bytes = new byte[PrivateKey.Size];
        Array.Fill(bytes, (byte)0x46);
        return PrivateKey.FromBytes(bytes);
    }

    /// <summary>A key that a number makes.</summary>
    internal static PrivateKey Of(Random random) => PrivateKey.FromBytes(Bytes(random));

    /// <summary>The bytes of a key, below the order because the first bit is 0.</summary>
    internal static byte[] Bytes(Random random)
    {
        byte[] bytes = new byte[PrivateKey.Size];
        random.NextBytes(bytes);
        bytes[0] &= 0x7F;
        return bytes;
    }
}
