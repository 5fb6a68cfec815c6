using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>Makes the chain longer and takes it back: blocks, branches, finality. Called with the chain locked.</summary>
internal sealed class BlockProduction(
    SimulatedChainOptions options, TimeProvider clock, Executor executor, PoolNetwork pools, Action<string> note)
{
    private readonly List<CarriedAuthorization> _authorizations = [];

    public BlockTree Tree { get; } = new();

    public StateEdits Edits { get; } = new();

    public BlockBuilder Builder { get; } = new(options, executor);

    /// <summary>The height of the final block when it was set by hand.</summary>
    public ulong? FinalizedHeight { get; set; }

    private ulong Now => (ulong)clock.GetUtcNow().ToUnixTimeSeconds();

    public void Begin()
    {
        var environment = new BlockEnvironment(
            options.ChainId, Number: 0, Now, options.BaseFee, options.BlockGasLimit, options.Coinbase);
        Adopt(new SimulatedBlock(parent: null, environment, 0, UInt256.Zero, sibling: 0, [], WorldState.Empty));
    }

    public BlockEnvironment NextEnvironment() => Builder.Next(Tree.Head, Now);

    /// <summary>Has an authorization carried in the next block.</summary>
    public void Carry(CarriedAuthorization authorization) => _authorizations.Add(authorization);

    public ulong FinalizedAt(SimulatedBlock head) => Math.Min(FinalizedHeight ?? Below(head, options.FinalityDepth), head.Number);

    public ulong SafeAt(SimulatedBlock head) => Math.Max(FinalizedAt(head), Below(head, options.SafeDepth));

    /// <summary>A block with these transactions first and then what the miners have.</summary>
    public SimulatedBlock Extend(IReadOnlyList<SimulatedTransaction> chosen)
    {
        SimulatedBlock block = Append(chosen, pools.Miners);
        pools.Follow(block);
        return block;
    }

    public void Reorg(ReorgPlan plan)
    {
        SimulatedBlock fork = ForkPoint(plan.Depth, plan.BreaksFinality);
        var orphaned = Tree.Canonical.Skip((int)fork.Number + 1).SelectMany(block => block.Receipts)
            .Select(receipt => receipt.Transaction).Select(transaction => (Transaction: transaction, Fate: plan.Fate(transaction)))
            .ToList();
        List<SimulatedTransaction> again =
            [.. orphaned.Where(orphan => orphan.Fate == OrphanFate.IncludedAgain).Select(orphan => orphan.Transaction)];
        _authorizations.AddRange(again.Where(transaction => transaction.Raw.IsEmpty).SelectMany(carrier => carrier.Authorizations));
        again.RemoveAll(transaction => transaction.Raw.IsEmpty);
        note($"reorg at {fork.Number} depth {plan.Depth}");
        Tree.SetHead(fork);
        Edits.Follow(Tree.Canonical);

        // The pools follow at the end: nodes do not show the blocks between.
        List<SimulatedTransaction> first = [.. plan.First, .. NonceOrder.Apply([.. plan.Order(again)])];
        for (int built = 0; built < (plan.Length ?? plan.Depth + 1); built++)
            Append(built == 0 ? first : [], pool: null);
        pools.Follow(Tree.Head);
        foreach ((SimulatedTransaction transaction, OrphanFate fate) in orphaned)
        {
            if (fate == OrphanFate.ReturnsToPool)
                Return(transaction);
            else
                pools.DropEverywhere(transaction.Hash);
        }
    }

    public void SwitchTo(SimulatedBlock head)
    {
        note($"switch to {head.Number} {head.Hash}");
        IReadOnlyList<SimulatedBlock> left = Tree.SetHead(head);
        Edits.Follow(Tree.Canonical);
        Edits.ApplyTo(head);
        pools.Follow(head);
        foreach (SimulatedReceipt receipt in left.SelectMany(block => block.Receipts))
            Return(receipt.Transaction);
    }

    public SimulatedBlock BuildFork(int depth, int length, IReadOnlyList<SimulatedTransaction> first)
    {
        SimulatedBlock tip = ForkPoint(depth, breaksFinality: true);
        for (int built = 0; built < length; built++)
        {
            tip = Builder.Build(tip, tip.State, Now, built == 0 ? first : [], pool: null);
            Tree.Add(tip);
        }

        note($"fork to {tip.Number} {tip.Hash}");
        return tip;
    }

    private static ulong Below(SimulatedBlock head, ulong depth) => head.Number > depth ? head.Number - depth : 0;

    private SimulatedBlock ForkPoint(int depth, bool breaksFinality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 0);
        ulong head = Tree.Head.Number;
        if ((ulong)depth > head)
            throw new InvalidOperationException($"There are only {head} blocks above genesis.");
        return !breaksFinality && head - (ulong)depth < FinalizedAt(Tree.Head)
            ? throw new InvalidOperationException(
                $"Block {FinalizedAt(Tree.Head)} is final: {nameof(ReorgPlan.BreaksFinality)} would let it go.")
            : Tree.Canonical[(int)head - depth];
    }

    private SimulatedBlock Append(IReadOnlyList<SimulatedTransaction> chosen, TransactionPool? pool)
    {
        SimulatedBlock parent = Tree.Head;
        WorldState state = Edits.Before(parent);
        ulong nonce = state[Sponsor.Address].Nonce;
        List<SimulatedTransaction> carriers =
            [.. _authorizations.Select((carried, index) => Sponsor.Carry(options, nonce + (ulong)index, carried))];
        SimulatedBlock block = Builder.Build(parent, state, Now, [.. carriers, .. chosen], pool);
        Builder.ForcedBaseFee = null;
        Edits.HeldBy(block);
        _authorizations.Clear();
        Adopt(block);
        return block;
    }

    private void Adopt(SimulatedBlock block)
    {
        Tree.Add(block);
        Tree.SetHead(block);
        pools.Miners.Reset(block);
        note($"block {block.Number} {block.Hash} {block.Receipts.Count} {block.GasUsed}");
    }

    // The chain carries again what it carried itself; everything else waits in the pools.
    private void Return(SimulatedTransaction transaction)
    {
        if (transaction.Raw.IsEmpty)
            _authorizations.AddRange(transaction.Authorizations);
        else
            pools.Spread(transaction, except: null);
    }
}
