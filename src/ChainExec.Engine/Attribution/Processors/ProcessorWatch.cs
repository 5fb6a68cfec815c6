using ChainExec.Ethereum;
using ChainExec.Indexing;

namespace ChainExec.Attribution.Processors;

/// <summary>The logs that processors want indexed whomever they concern.</summary>
internal sealed class ProcessorWatch(ProcessorSet processors) : IWatchedLogs
{
    private readonly ILookup<Hash32, AddressSource> _sources = processors.Readers.Where(reader => reader.Watches)
        .ToLookup(reader => reader.Topic0, reader => reader.Source);

    public bool Watches(Address emitter, bool listed, Hash32 topic0) => _sources[topic0].Any(source => source switch
    {
        AddressSource.ListedAssets => listed,
        AddressSource.Fixed(var addresses) => addresses.Contains(emitter),
        // Accounts of ours and children of factories are followed through the transactions that concern us.
        _ => false,
    });
}
