using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>Lets transactions be put into any order and each account's still follow its nonces.</summary>
internal static class NonceOrder
{
    /// <summary>The accounts take turns as in the given order; at each turn comes the account's lowest nonce that is left.</summary>
    public static IReadOnlyList<SimulatedTransaction> Apply(IReadOnlyList<SimulatedTransaction> wished)
    {
        Dictionary<Address, Queue<SimulatedTransaction>> byAccount = wished.GroupBy(transaction => transaction.From)
            .ToDictionary(group => group.Key, group => new Queue<SimulatedTransaction>(group.OrderBy(transaction => transaction.Nonce)));
        return [.. wished.Select(transaction => byAccount[transaction.From].Dequeue())];
    }
}
