using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>Builds blocks: what is in them, in which order, and what it does.</summary>
internal sealed class BlockBuilder(SimulatedChainOptions options, Executor executor)
{
    /// <summary>The gas that the rest of the world uses in every block, and the tip per gas that it pays.</summary>
    public (ulong Gas, UInt256 Tip) Background { get; set; }

    /// <summary>The base fee of the next block instead of the one that follows from its parent.</summary>
    public UInt256? ForcedBaseFee { get; set; }

    public ulong GasLimit { get; set; } = options.BlockGasLimit;

    /// <summary>The environment of the block after one.</summary>
    public BlockEnvironment Next(SimulatedBlock parent, ulong timestamp)
    {
        UInt256 baseFee = ForcedBaseFee
            ?? FeeMarket.NextBaseFee(parent.BaseFee, parent.GasUsed, parent.GasLimit, options.BaseFeeFloor);
        return new BlockEnvironment(
            options.ChainId, parent.Number + 1, Math.Max(timestamp, parent.Timestamp + 1), baseFee, GasLimit, options.Coinbase);
    }

    /// <summary>
    /// A block on top of <paramref name="parent"/>: first the <paramref name="chosen"/> transactions as far as they can be carried out, in
    /// their order, then the best paying ones of the pool.
    /// </summary>
    public SimulatedBlock Build(
        SimulatedBlock parent, WorldState state, ulong timestamp, IReadOnlyList<SimulatedTransaction> chosen, TransactionPool? pool)
    {
        BlockEnvironment environment = Next(parent, timestamp);
        var body = new Body(executor, environment, state, Background);
        List<SimulatedTransaction> left = [.. chosen.Where(transaction => !body.TryAdd(transaction))];
        if (pool is not null)
            Fill(body, pool, environment.BaseFee, options.OrdersEqualTipsByHash);
        // One may have waited for what its account has in the pool.
        foreach (SimulatedTransaction transaction in left)
            body.TryAdd(transaction);
        body.AddBackground();
        return new SimulatedBlock(parent, environment, body.BackgroundGas, Background.Tip, parent.Children, body.Receipts, body.State);
    }

    // As miners do: of every account the next one, the highest tip first, and of equal ones whichever came first, unless told otherwise.
    private static void Fill(Body body, TransactionPool pool, UInt256 baseFee, bool byHash)
    {
        var next = new Dictionary<Address, Queue<TransactionPool.Pooled>>();
        foreach (Address account in pool.Accounts)
        {
            var queue = new Queue<TransactionPool.Pooled>(pool.Executable(account));
            if (queue.Count > 0)
                next.Add(account, queue);
        }

        while (next.Count > 0)
        {
            (Address account, Queue<TransactionPool.Pooled> queue) = next
                .OrderByDescending(entry => entry.Value.Peek().Transaction.TipAt(baseFee) ?? UInt256.Zero)
                .ThenBy(entry => byHash ? entry.Value.Peek().Transaction.Hash.ToString() : "", StringComparer.Ordinal)
                .ThenBy(entry => entry.Value.Peek().Arrival)
                .First();
            if (!body.TryAdd(queue.Dequeue().Transaction) || queue.Count == 0)
                next.Remove(account);
        }
    }

    private sealed class Body(Executor executor, BlockEnvironment environment, WorldState state, (ulong Gas, UInt256 Tip) background)
    {
        private readonly List<SimulatedReceipt> _receipts = [];
        private bool _backgroundAdded;
        private ulong _gasLeft = environment.GasLimit;

        public WorldState State { get; private set; } = state;

        public IReadOnlyList<SimulatedReceipt> Receipts => _receipts;

        public ulong BackgroundGas { get; private set; }

        public bool TryAdd(SimulatedTransaction transaction)
        {
            if (transaction.TipAt(environment.BaseFee) is not { } tip)
                return false;
            // What pays less than the rest of the world comes after it.
            if (tip < background.Tip)
                AddBackground();
            if (transaction.GasLimit > _gasLeft || executor.Apply(State, environment, transaction) is not { } applied)
                return false;
            State = applied.State;
            _receipts.Add(applied.Receipt);
            _gasLeft -= applied.Receipt.GasUsed;
            return true;
        }

        public void AddBackground()
        {
            if (_backgroundAdded)
                return;
            _backgroundAdded = true;
            BackgroundGas = Math.Min(background.Gas, _gasLeft);
            _gasLeft -= BackgroundGas;
        }
    }
}
