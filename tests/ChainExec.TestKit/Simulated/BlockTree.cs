using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>All blocks ever built, and which of them are the chain.</summary>
internal sealed class BlockTree
{
    private readonly Dictionary<Hash32, SimulatedBlock> _known = [];
    private readonly Dictionary<Hash32, List<SimulatedBlock>> _inclusions = [];
    private readonly List<SimulatedBlock> _canonical = [];

    public SimulatedBlock Head => _canonical[^1];

    public IReadOnlyList<SimulatedBlock> Canonical => _canonical;

    public SimulatedBlock? Find(Hash32 hash) => _known.GetValueOrDefault(hash);

    /// <summary>The block of a height on the branch that ends in <paramref name="head"/>.</summary>
    public SimulatedBlock? At(SimulatedBlock head, ulong number)
    {
        SimulatedBlock? block = number <= head.Number ? head : null;
        while (block is not null && block.Number > number && !IsCanonical(block))
            block = block.Parent;
        return block is null || block.Number == number ? block : _canonical[(int)number];
    }

    public bool IsCanonical(SimulatedBlock block) => block.Number < (ulong)_canonical.Count && _canonical[(int)block.Number] == block;

    /// <summary>The block that holds a transaction on the branch that ends in <paramref name="head"/>.</summary>
    public SimulatedBlock? Including(SimulatedBlock head, Hash32 transaction) =>
        _inclusions.GetValueOrDefault(transaction)?.Find(block => At(head, block.Number) == block);

    public void Add(SimulatedBlock block)
    {
        _known.Add(block.Hash, block);
        if (block.Parent is { } parent)
            parent.Children++;
        foreach (SimulatedReceipt receipt in block.Receipts)
        {
            if (!_inclusions.TryGetValue(receipt.Transaction.Hash, out List<SimulatedBlock>? blocks))
                _inclusions.Add(receipt.Transaction.Hash, blocks = []);
            blocks.Add(block);
        }
    }

    /// <summary>Makes the branch that ends in a block the chain.</summary>
    /// <returns>The blocks that left the chain, lowest first.</returns>
    public IReadOnlyList<SimulatedBlock> SetHead(SimulatedBlock head)
    {
        var adopted = new Stack<SimulatedBlock>();
        for (SimulatedBlock? block = head; block is not null && !IsCanonical(block); block = block.Parent)
            adopted.Push(block);
        int kept = adopted.TryPeek(out SimulatedBlock? lowest) ? (int)lowest.Number : (int)head.Number + 1;
        List<SimulatedBlock> orphaned = _canonical[Math.Min(kept, _canonical.Count)..];
        _canonical.RemoveRange(_canonical.Count - orphaned.Count, orphaned.Count);
        foreach (SimulatedBlock block in adopted)
        {
            block.WasCanonical = true;
            _canonical.Add(block);
        }

        return orphaned;
    }
}
