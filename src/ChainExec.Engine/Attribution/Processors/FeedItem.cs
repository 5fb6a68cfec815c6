using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution.Processors;

/// <summary>What happened to a transaction whose attribution is decided.</summary>
internal enum FeedPhase
{
    Included,
    Confirmed,
    Orphaned,
}

/// <summary>A block in one incarnation.</summary>
internal readonly record struct BlockKey(long Chain, Hash32 Block, int Incarnation)
{
    public static BlockKey Of(ChainTransaction transaction) => new(transaction.Chain, transaction.BlockHash, transaction.Incarnation);
}

/// <summary>A transaction in one incarnation of its block.</summary>
internal readonly record struct TransactionKey(BlockKey Block, Hash32 Hash)
{
    public static TransactionKey Of(ChainTransaction transaction) => new(BlockKey.Of(transaction), transaction.TxHash);
}

/// <summary>One item of what processors are fed with.</summary>
/// <param name="Position">The position of its fact.</param>
internal sealed record FeedItem(long Position, FeedPhase Phase, ChainTransaction Transaction)
{
    public TransactionKey Key { get; } = TransactionKey.Of(Transaction);
}

/// <summary>A transaction with all that log processors may ask about it.</summary>
internal sealed record FedTransaction(
    FeedItem Item, IReadOnlyList<EmittedLog> Logs, IReadOnlyList<CallContext> Calls, IReadOnlyList<Guid> Intents, ProcessorScope Scope)
{
    /// <summary>The intent that the transaction was sent for, when it is one.</summary>
    public Guid? Intent => Intents is [var one] ? one : null;

    /// <summary>The call that the transaction was sent for, when it is one.</summary>
    public CallContext? OnlyCall => Calls is [var one] ? one : null;
}
