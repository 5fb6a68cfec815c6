using ChainExec.Attribution.Processors;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Attribution.Shipped;

/// <summary>A log processor whose records are one expression of the log.</summary>
/// <param name="topicCount">How many topics its logs have, where contracts disagree about what is indexed; else nothing.</param>
internal sealed class RecordingProcessor<TEvent>(
    string name, AddressSource source, Func<DecodedLog<TEvent>, ProcessorRecord?> record, bool watches = false, int? topicCount = null)
    : ILogProcessor<TEvent>
    where TEvent : struct, IAbiEvent<TEvent>
{
    public string Name => name;

    public AddressSource Source => source;

    public bool Watches => watches;

    public bool Wants(IReadOnlyList<Hash32> topics) => topicCount is null || topics.Count == topicCount;

    public IEnumerable<ProcessorRecord> OnIncluded(DecodedLog<TEvent> log) => record(log) is { } made ? [made] : [];
}
