using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution.Processors;

/// <summary>A log processor of any event, as the worker runs it.</summary>
internal abstract class LogReader
{
    public abstract IProcessor Processor { get; }

    public abstract Hash32 Topic0 { get; }

    public abstract AddressSource Source { get; }

    public abstract bool Watches { get; }

    /// <summary>Whether the log has the event's topic and the processor wants it, whoever emitted it.</summary>
    public abstract bool Wants(EmittedLog log);

    /// <exception cref="AbiException">The log is no strict encoding of the event.</exception>
    public abstract IReadOnlyList<ProcessorRecord> Read(ChainTransaction transaction, EmittedLog log, ProcessorScope scope);
}

/// <summary>A log processor of one event.</summary>
internal sealed class LogReader<TEvent>(ILogProcessor<TEvent> processor) : LogReader
    where TEvent : struct, IAbiEvent<TEvent>
{
    public override IProcessor Processor => processor;

    public override Hash32 Topic0 => TEvent.Topic0;

    public override AddressSource Source => processor.Source;

    public override bool Watches => processor.Watches;

    public override bool Wants(EmittedLog log) => log.Topics is [var topic, ..] && topic == TEvent.Topic0 && processor.Wants(log.Topics);

    public override IReadOnlyList<ProcessorRecord> Read(ChainTransaction transaction, EmittedLog log, ProcessorScope scope)
    {
        TEvent decoded = TEvent.Decode([.. log.Topics], log.Data.Span);
        return [.. processor.OnIncluded(new DecodedLog<TEvent>(transaction, log, decoded, scope))];
    }
}
