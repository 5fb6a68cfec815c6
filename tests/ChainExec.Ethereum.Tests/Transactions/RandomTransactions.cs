using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Ethereum.Tests.Transactions;

/// <summary>Valid transactions of every type, from a number; lengths of integers and bytes vary from none to all.</summary>
internal static class RandomTransactions
{
    internal static readonly byte[] Types = [0, 1, 2, 3, 4];

    internal static Transaction Make(Random random, byte type)
    {
        ulong chainId = 1 + UInt64(random) % 9_007_199_254_740_991;
        ulong nonce = Math.Min(UInt64(random), ulong.MaxValue - 1);
        ulong gas = UInt64(random);
        Address to = Account(random);
        Address? maybeTo = random.Next(4) == 0 ? null : to;
        UInt256 value = UInt256Of(random, 256);
        byte[] data = Bytes(random, random.Next(3) == 0 ? 0 : random.Next(300));
        UInt256 cap = UInt256Of(random, 256);
        UInt256 tip = cap >> random.Next(256);
        switch (type)
        {
            case 0:
                return new LegacyTransaction(random.Next(3) == 0 ? null : chainId, nonce, cap, gas, maybeTo, value, data);
            case 1:
                return new Eip2930Transaction(chainId, nonce, cap, gas, maybeTo, value, data, AccessList(random));
            case 2:
                return new Eip1559Transaction(chainId, nonce, tip, cap, gas, maybeTo, value, data, AccessList(random));
            case 3:
                Hash32[] blobs = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => BlobHash(random))];
                return new Eip4844Transaction(
                    chainId, nonce, tip, cap, gas, to, value, data, AccessList(random), UInt256Of(random, 256), blobs);
            default:
                SignedAuthorization[] authorizations = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Authorize(random))];
                return new Eip7702Transaction(chainId, nonce, tip, cap, gas, to, value, data, AccessList(random), authorizations);
        }
    }

    internal static ulong UInt64(Random random) => (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);

    internal static UInt256 UInt256Of(Random random, int bits) => UInt256.ReadBigEndian(Bytes(random, 32)) >> (255 - random.Next(bits));

    internal static Address Account(Random random) => Address.FromBytes(Bytes(random, Address.Size));

    internal static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static List<AccessListEntry> AccessList(Random random) =>
    [
        .. Enumerable.Range(0, random.Next(3)).Select(_ => new AccessListEntry(
            Account(random), [.. Enumerable.Range(0, random.Next(3)).Select(_ => Hash32.FromBytes(Bytes(random, Hash32.Size)))])),
    ];

    private static Hash32 BlobHash(Random random)
    {
        byte[] bytes = Bytes(random, Hash32.Size);
        bytes[0] = 1;
        return Hash32.FromBytes(bytes);
    }

    private static SignedAuthorization Authorize(Random random)
    {
        using PrivateKey authority = Keys.Of(random);
        ulong chainId = random.Next(3) == 0 ? 0 : UInt64(random) % 9_007_199_254_740_991;
        return new Authorization(chainId, Account(random), UInt64(random) % 9_007_199_254_740_991).Sign(authority);
    }
}
