using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;

namespace ChainExec.Indexing;

/// <summary>A whole block as one node gave it by hash, header, transactions and receipts checked against each other.</summary>
internal sealed record FetchedBlock(
    long Chain, BlockRef Ref, Hash32 ParentHash, DateTimeOffset Time, IReadOnlyList<FetchedTransaction> Transactions, BlockProof Proof);

/// <summary>A transaction with its logs. The incarnation is still 0: only the store can count it.</summary>
/// <param name="InputHash">keccak of the calldata.</param>
internal sealed record FetchedTransaction(ChainTransaction Transaction, Hash32 InputHash, IReadOnlyList<ObservedLog> Logs);
