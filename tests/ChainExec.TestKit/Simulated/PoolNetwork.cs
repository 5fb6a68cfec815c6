using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>The pools of all nodes and how they hear of each other's transactions. Miners have one of their own.</summary>
internal sealed class PoolNetwork(TransactionPool miners)
{
    private readonly List<ProviderView> _views = [];

    public TransactionPool Miners => miners;

    public IReadOnlyList<ProviderView> Views => _views;

    public void Add(ProviderView view) => _views.Add(view);

    /// <summary>Every pool follows its node's head.</summary>
    public void Follow(SimulatedBlock head)
    {
        miners.Reset(head);
        foreach (ProviderView view in _views)
            view.Follow();
    }

    /// <summary>The miners hear of a transaction, and the views that listen, except the one that it came from.</summary>
    public void Spread(SimulatedTransaction transaction, ProviderView? except)
    {
        TryAdd(miners, transaction);
        SpreadToViews(transaction, except);
    }

    public void SpreadToViews(SimulatedTransaction transaction, ProviderView? except)
    {
        foreach (ProviderView other in _views.Where(other => other != except && other.HearsGossip))
            TryAdd(other.Pool, transaction);
    }

    public void DropEverywhere(Hash32 transaction)
    {
        miners.Drop(transaction);
        foreach (ProviderView view in _views)
            view.Pool.Drop(transaction);
    }

    private static void TryAdd(TransactionPool pool, SimulatedTransaction transaction)
    {
        try
        {
            pool.Add(transaction);
        }
        catch (NodeErrorException)
        {
            // The answer would go to the node that told it, which does not care.
        }
    }
}
