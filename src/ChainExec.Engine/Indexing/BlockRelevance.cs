using ChainExec.Calls;
using ChainExec.Ethereum;

namespace ChainExec.Indexing;

/// <summary>What of a block concerns us.</summary>
/// <param name="Transactions">In block order, each with all of its logs.</param>
/// <param name="UnlistedMovements">Contracts that nobody listed and how many of their transfers name one of our accounts.</param>
internal sealed record RelevantPart(
    IReadOnlyList<FetchedTransaction> Transactions, IReadOnlyDictionary<Address, long> UnlistedMovements);

/// <summary>
/// Decides what of a block is kept. Pure. A transaction is relevant when one of our accounts sent it (with or without logs, also when it
/// reverted), when it pays native value to one, when a listed token's Transfer names one, or for a log that is watched.
/// Anyone can emit logs: transfers of unlisted
/// contracts are only counted.
/// </summary>
internal static class BlockRelevance
{
    /// <summary>Every address that the block names in a place that could make something relevant.</summary>
    public static IReadOnlySet<Address> Candidates(FetchedBlock block)
    {
        var candidates = new HashSet<Address>();
        foreach (FetchedTransaction fetched in block.Transactions)
        {
            candidates.Add(fetched.Transaction.From);
            if (PaidTo(fetched) is { } paid)
                candidates.Add(paid);
            foreach (ObservedLog log in fetched.Logs)
            {
                if (ObservedMovements.PartiesOf(log) is not { } parties)
                    continue;
                candidates.Add(parties.From);
                candidates.Add(parties.To);
            }
        }

        return candidates;
    }

    /// <param name="block">A whole block.</param>
    /// <param name="isOurs">Whether an address is an account of ours on this chain.</param>
    /// <param name="assets">What is listed.</param>
    /// <param name="watched">Logs that make a transaction relevant whomever it concerns.</param>
    public static RelevantPart Select(FetchedBlock block, Func<Address, bool> isOurs, AssetSnapshot assets, WatchedEvents watched)
    {
        var transactions = new List<FetchedTransaction>(block.Transactions.Count);
        var unlisted = new Dictionary<Address, long>();
        foreach (FetchedTransaction fetched in block.Transactions)
        {
            bool isRelevant = isOurs(fetched.Transaction.From) || (PaidTo(fetched) is { } paid && isOurs(paid));
            for (int index = 0; index < fetched.Logs.Count; index++)
            {
                ObservedLog log = fetched.Logs[index];
                bool isListed = assets.Token(log.Emitter) is not null;
                isRelevant |= log.Topics is [var topic, ..] && watched.Watches(log.Emitter, isListed, topic);
                if (ObservedMovements.PartiesOf(log) is not { } parties || !(isOurs(parties.From) || isOurs(parties.To)))
                    continue;
                if (isListed)
                    isRelevant = true;
                else
                    unlisted[log.Emitter] = unlisted.GetValueOrDefault(log.Emitter) + 1;
            }

            if (isRelevant)
                transactions.Add(fetched);
        }

        return new RelevantPart(transactions, unlisted);
    }

    private static Address? PaidTo(FetchedTransaction fetched) =>
        fetched.Transaction is { Succeeded: true, Value.IsZero: false } ? fetched.Transaction.To : null;
}
