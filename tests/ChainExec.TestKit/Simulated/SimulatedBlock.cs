using ChainExec.Ethereum;
using ChainExec.Ethereum.Rlp;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Trie;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// A block of the simulated chain. Its hash covers its parent, header fields, transactions and receipts. The root of the receipts is
/// that of their trie; the one of the transactions is a commitment, against which nothing can be proved.
/// </summary>
public sealed class SimulatedBlock
{
    private readonly Dictionary<Hash32, int> _indexes = [];

    internal SimulatedBlock(
        SimulatedBlock? parent, BlockEnvironment environment, ulong backgroundGas, UInt256 backgroundTip, int sibling,
        IReadOnlyList<SimulatedReceipt> receipts, WorldState state)
    {
        Parent = parent;
        Environment = environment;
        Background = (backgroundGas, backgroundTip);
        Receipts = receipts;
        GasUsed = backgroundGas + receipts.Aggregate(0UL, (sum, receipt) => sum + receipt.GasUsed);
        State = state;
        for (int index = 0; index < receipts.Count; index++)
            _indexes.Add(receipts[index].Transaction.Hash, index);
        TransactionsRoot = Commit(receipts.Select(receipt => receipt.Transaction.Hash.ToArray()));
        ReceiptsRoot = ReceiptProof.RootOf([.. receipts.Select(AsAnswered)]);
        Hash = HashOf(sibling);
    }

    /// <summary>Its height.</summary>
    public ulong Number => Environment.Number;

    /// <summary>Its identity.</summary>
    public Hash32 Hash { get; }

    /// <summary>The block below; nothing for genesis.</summary>
    public SimulatedBlock? Parent { get; }

    /// <summary>The parent's hash; zero for genesis.</summary>
    public Hash32 ParentHash => Parent?.Hash ?? Hash32.Zero;

    /// <summary>Its time in seconds since 1970.</summary>
    public ulong Timestamp => Environment.Timestamp;

    /// <summary>Its base fee, in wei per gas.</summary>
    public UInt256 BaseFee => Environment.BaseFee;

    /// <summary>The gas it may use.</summary>
    public ulong GasLimit => Environment.GasLimit;

    /// <summary>The gas it used, with that of the background (<see cref="SimulatedChain.SetBackground"/>).</summary>
    public ulong GasUsed { get; }

    /// <summary>Its transactions and what they did, in order.</summary>
    public IReadOnlyList<SimulatedReceipt> Receipts { get; }

    internal BlockEnvironment Environment { get; }

    internal (ulong Gas, UInt256 Tip) Background { get; }

    /// <summary>The bloom filter over its logs; nodes send it with every header, so it is made once.</summary>
    internal byte[] Bloom => field ??= LogsBloom.Of(Receipts.SelectMany(receipt => receipt.Logs));

    internal Hash32 TransactionsRoot { get; }

    internal Hash32 ReceiptsRoot { get; }

    /// <summary>What it left behind. Only an edit from outside (<see cref="SimulatedChain.Fund"/> and such) replaces it.</summary>
    internal WorldState State { get; set; }

    /// <summary>The edits from outside that its state holds and its parent's does not.</summary>
    internal List<StateEdit> Edits { get; } = [];

    /// <summary>True once it was on the canonical chain: nodes keep such blocks and serve them by hash.</summary>
    internal bool WasCanonical { get; set; }

    /// <summary>How many blocks were built on it, so that equal siblings have different hashes.</summary>
    internal int Children { get; set; }

    /// <summary>The place of a transaction in it; nothing when it is not in it.</summary>
    public int? IndexOf(Hash32 transaction) => _indexes.TryGetValue(transaction, out int index) ? index : null;

    /// <summary>The height, the start of the hash and the number of transactions.</summary>
    public override string ToString() => $"{Number} {Hash.ToString()[..10]} ({Receipts.Count})";

    private static RpcReceipt AsAnswered(SimulatedReceipt receipt, int index) => new(
        receipt.Transaction.Hash, index, receipt.Transaction.Type, Hash32.Zero, 0, receipt.Transaction.From, receipt.Transaction.To,
        receipt.Succeeded, receipt.GasUsed, receipt.EffectiveGasPrice, receipt.Created,
        [.. receipt.Logs.Select(log => new RpcLog(
            log.Contract, log.Topics, log.Data, 0, receipt.Transaction.Hash, index, Hash32.Zero, 0, Removed: false))]);

    private static Hash32 Commit(IEnumerable<byte[]> items)
    {
        var writer = new RlpWriter();
        writer.BeginList();
        foreach (byte[] item in items)
            writer.WriteBytes(item);
        writer.EndList();
        return Keccak256.Hash(writer.ToArray());
    }

    private Hash32 HashOf(int sibling)
    {
        var writer = new RlpWriter();
        writer.BeginList();
        writer.WriteBytes(ParentHash.ToArray());
        writer.WriteInteger(Environment.ChainId);
        writer.WriteInteger(Number);
        writer.WriteInteger(Timestamp);
        writer.WriteInteger(GasLimit);
        writer.WriteInteger(GasUsed);
        writer.WriteInteger(BaseFee);
        writer.WriteBytes(Environment.Coinbase.ToArray());
        writer.WriteBytes(TransactionsRoot.ToArray());
        writer.WriteBytes(ReceiptsRoot.ToArray());
        writer.WriteInteger((ulong)sibling);
        writer.EndList();
        return Keccak256.Hash(writer.ToArray());
    }
}
