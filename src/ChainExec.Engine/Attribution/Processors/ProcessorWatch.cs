using ChainExec.Indexing;

namespace ChainExec.Attribution.Processors;

/// <summary>The logs that processors want indexed whomever they concern.</summary>
internal sealed class ProcessorWatch(ProcessorSet processors) : IWatchedLogs
{
    // Accounts of ours and children of factories are followed through the transactions that concern us.
    public IReadOnlyList<WatchedEvent> Events { get; } =
    [
        .. processors.Readers.Where(reader => reader is { Watches: true, Source: AddressSource.ListedAssets or AddressSource.Fixed })
            .Select(reader => new WatchedEvent(reader.Topic0, (reader.Source as AddressSource.Fixed)?.Addresses)),
    ];
}
