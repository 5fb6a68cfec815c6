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
/// <param name="At">When that was told: what is ours and what is listed is asked as of then, however late somebody asks.</param>
internal sealed record FeedItem(long Position, FeedPhase Phase, ChainTransaction Transaction, DateTimeOffset At)
{
    public TransactionKey Key { get; } = TransactionKey.Of(Transaction);
}

/// <summary>Logs of an included transaction that are read in one turn.</summary>
/// <param name="FirstLog">Logs below this index were read in turns before.</param>
/// <param name="NextLog">Logs from this index on are read in later turns; nothing when these are the last ones.</param>
internal sealed record FeedPart(FeedItem Item, int FirstLog, int? NextLog)
{
    public bool IsLast => NextLog is null;
}

/// <summary>A part of the feed.</summary>
/// <param name="Parts">The items; of those that are not of the phase included, only the item counts.</param>
/// <param name="End">Where it ends.</param>
internal sealed record FeedWindow(IReadOnlyList<FeedPart> Parts, FeedPosition End);

/// <summary>A place in the feed: behind a fact, and inside the transaction of the next one behind logs that are done.</summary>
internal readonly record struct FeedPosition(long Position, int NextLog) : IComparable<FeedPosition>
{
    public int CompareTo(FeedPosition other) => (Position, NextLog).CompareTo((other.Position, other.NextLog));
}

/// <summary>A transaction, or a part of it, with all that processors may ask about it.</summary>
internal sealed record FedTransaction(
    FeedPart Part, IReadOnlyList<EmittedLog> Logs, IReadOnlyList<CallContext> Calls, IReadOnlyList<Guid> Intents,
    CarriedIntents? Carried, IReadOnlyList<InternalTransfer> Transfers, ProcessorScope Scope)
{
    public FeedItem Item => Part.Item;

    /// <summary>
    /// The intent that the transaction was sent for; the first of those of a batch of ours, whose judgement books what all of them moved.
    /// Nothing when several of ours are in a transaction that we did not send, or when it carries more than this database knows.
    /// </summary>
    public Guid? Intent => Carried is { } sent ? sent.IsWhole ? sent.First : null : Intents is [var one] ? one : null;

    /// <summary>The call that the transaction was sent for, when it is one.</summary>
    public CallContext? OnlyCall => Calls is [var one] ? one : null;
}

/// <summary>What a transaction of ours was signed for.</summary>
/// <param name="IsWhole">Whether this database knows every intent that it carries.</param>
internal sealed record CarriedIntents(Guid First, bool IsWhole);

/// <summary>Native value that a call inside a transaction moved, as a trace shows it.</summary>
/// <param name="Frame">The frame.</param>
internal sealed record InternalTransfer(int Frame, Address From, Address To, TokenAmount Value);
