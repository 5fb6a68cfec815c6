using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Facts.Contracts;

namespace ChainExec.Indexing;

/// <summary>A whole block as one node gave it by hash, header, transactions and receipts checked against each other.</summary>
internal sealed record FetchedBlock(
    long Chain, BlockRef Ref, Hash32 ParentHash, DateTimeOffset Time, IReadOnlyList<FetchedTransaction> Transactions, BlockProof Proof)
{
    /// <summary>What the block's own hashes prove of its header and its transactions.</summary>
    public RpcBlockProof HeaderProof { get; init; }
}

/// <summary>A transaction with its logs. Its block may come again: only the store can count that.</summary>
/// <param name="InputHash">keccak of the calldata.</param>
internal sealed record FetchedTransaction(ChainTransaction Transaction, Hash32 InputHash, IReadOnlyList<ObservedLog> Logs)
{
    /// <summary>What stands in a block that was never there before.</summary>
    public const int FirstIncarnation = 1;

    /// <summary>The transaction as it stands in an incarnation of its block.</summary>
    public FetchedTransaction In(int incarnation) =>
        Transaction.Incarnation == incarnation ? this : this with { Transaction = Transaction with { Incarnation = incarnation } };
}
