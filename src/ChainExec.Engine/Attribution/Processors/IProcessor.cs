using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// Turns chain evidence into records. A processor is pure: no I/O, no clock, no state; the same evidence gives the same records. Each
/// phase of each log reaches it exactly once for a block's incarnation, also across crashes. Included records are tentative. Confirmed
/// ones are final, and may have consequences. What was orphaned is derived: its records are closed by a row, never deleted, so there is
/// nothing to implement for it. See docs/guide/processors.md.
/// </summary>
public interface IProcessor
{
    /// <summary>
    /// <c>family.thing</c>, at most 64 characters: its cursor and its records belong to it. A processor under a new name begins at the
    /// beginning of the stream, beside the others.
    /// </summary>
    string Name { get; }

    /// <summary>
    /// Begins at 1. A processor that was changed so that it says something else of the same evidence takes the next one: it is then run
    /// over its whole history again, and what the version before had made is replaced, transaction by transaction.
    /// </summary>
    int Version => 1;

    /// <summary>The facts that the finality of a record has. By default none. Consumers act on facts; records are for reading.</summary>
    IEnumerable<ProcessorFact> OnConfirmed(ConfirmedRecord record) => [];
}

/// <summary>A processor of one event's logs.</summary>
/// <typeparam name="TEvent">The event, as the generator makes it of a file in <c>abis/</c>.</typeparam>
public interface ILogProcessor<TEvent> : IProcessor
    where TEvent : struct, IAbiEvent<TEvent>
{
    /// <summary>Which contracts it believes: anybody can emit any log.</summary>
    AddressSource Source { get; }

    /// <summary>
    /// Whether transactions are indexed for its logs although they concern no account of ours. By default not: it then sees the logs of
    /// transactions that one of our accounts sent, that pay one, or that move a listed token of one. Only for rare events of
    /// <see cref="AddressSource.Fixed"/> or <see cref="AddressSource.ListedAssets"/>.
    /// </summary>
    bool Watches => false;

    /// <summary>
    /// Whether a log with the event's first topic is for it. By default every one: a log that does not decode is then kept as a row with
    /// the reason. For events that share a topic and differ in what is indexed.
    /// </summary>
    bool Wants(IReadOnlyList<Hash32> topics) => true;

    /// <summary>The records of one log.</summary>
    IEnumerable<ProcessorRecord> OnIncluded(DecodedLog<TEvent> log);
}

/// <summary>A processor of whole transactions, with what log processors made of them.</summary>
public interface ITransactionProcessor : IProcessor
{
    /// <summary>
    /// Names of the processors whose records it reads. It gets a transaction after they had it, and waits where one of them is parked.
    /// </summary>
    IReadOnlyCollection<string> Reads => [];

    /// <summary>Further records.</summary>
    IEnumerable<ProcessorRecord> OnIncluded(MergedTransaction transaction);
}
