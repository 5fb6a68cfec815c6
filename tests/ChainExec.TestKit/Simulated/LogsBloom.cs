using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>The bloom filter over logs (Yellow Paper, section 4.3.1).</summary>
internal static class LogsBloom
{
    private const int Bits = 2048;

    /// <summary>Three bits for each contract and topic, from the hash of it.</summary>
    public static byte[] Of(IEnumerable<SimulatedLog> logs)
    {
        byte[] bloom = new byte[Bits / 8];
        foreach (SimulatedLog log in logs)
        {
            Add(bloom, log.Contract.ToArray());
            foreach (Hash32 topic in log.Topics)
                Add(bloom, topic.ToArray());
        }

        return bloom;
    }

    private static void Add(byte[] bloom, byte[] item)
    {
        byte[] hash = Keccak256.Hash(item).ToArray();
        for (int pair = 0; pair < 6; pair += 2)
        {
            int bit = ((hash[pair] << 8) | hash[pair + 1]) % Bits;
            bloom[bloom.Length - 1 - bit / 8] |= (byte)(1 << (bit % 8));
        }
    }
}
