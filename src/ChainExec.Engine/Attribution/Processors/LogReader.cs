using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// A log processor of any event, as the worker runs it. What the processor says of itself is asked once, when the host is made: whatever
/// it throws then refuses the start, and stops nothing later.
/// </summary>
internal abstract class LogReader(IProcessor processor, Hash32 topic0, AddressSource source, bool watches)
{
    public IProcessor Processor { get; } = processor;

    /// <summary>The processor's name, as it was asked once.</summary>
    public string Name { get; } = processor.Name;

    public Hash32 Topic0 { get; } = topic0;

    public AddressSource Source { get; } = source;

    public bool Watches { get; } = watches;

    /// <summary>Whether a log may be for it, by its topic alone: nobody's code is asked.</summary>
    public bool Concerns(EmittedLog log) => log.Topics is [var topic, ..]
        && (topic == Topic0 || (Source is AddressSource.FactoryChild factory && topic == factory.Topic0));

    /// <summary>Whether the log has the event's topic and the processor wants it, whoever emitted it.</summary>
    public abstract bool Wants(EmittedLog log);

    /// <summary>What it makes of a log, made while it is read.</summary>
    /// <param name="undecodable">Why the log is no strict encoding of the event; else nothing.</param>
    public abstract IEnumerable<ProcessorRecord?> Read(
        ChainTransaction transaction, EmittedLog log, ProcessorScope scope, out string? undecodable);
}

/// <summary>A log processor of one event.</summary>
internal sealed class LogReader<TEvent>(ILogProcessor<TEvent> processor)
    : LogReader(processor, TEvent.Topic0, processor.Source, processor.Watches)
    where TEvent : struct, IAbiEvent<TEvent>
{
    public override bool Wants(EmittedLog log) => log.Topics is [var topic, ..] && topic == TEvent.Topic0 && processor.Wants(log.Topics);

    public override IEnumerable<ProcessorRecord?> Read(
        ChainTransaction transaction, EmittedLog log, ProcessorScope scope, out string? undecodable)
    {
        TEvent decoded;
        try
        {
            decoded = TEvent.Decode([.. log.Topics], log.Data.Span);
        }
        catch (AbiException exception)
        {
            // ERC-721 shares the topic of ERC-20's Transfer and indexes the token id as well; some contracts write short data.
            undecodable = exception.Message;
            return [];
        }

        undecodable = null;
        return processor.OnIncluded(new DecodedLog<TEvent>(transaction, log, decoded, scope));
    }
}
