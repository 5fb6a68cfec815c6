using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Traces;

/// <summary>What a log says, without where it says it: logs of trace and receipt are compared by it.</summary>
internal readonly struct LogContent : IEquatable<LogContent>
{
    private readonly Address _address;
    private readonly IReadOnlyList<Hash32> _topics;
    private readonly ReadOnlyMemory<byte> _data;

    private LogContent(Address address, IReadOnlyList<Hash32> topics, ReadOnlyMemory<byte> data)
    {
        _address = address;
        _topics = topics;
        _data = data;
    }

    /// <inheritdoc/>
    public bool Equals(LogContent other) =>
        _address == other._address && _topics.SequenceEqual(other._topics) && _data.Span.SequenceEqual(other._data.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LogContent other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(_address);
        foreach (Hash32 topic in _topics)
        {
            hash.Add(topic);
        }

        hash.AddBytes(_data.Span);
        return hash.ToHashCode();
    }

    internal static LogContent Of(RpcLog log) => new(log.Address, log.Topics, log.Data);

    internal static LogContent Of(CallFrameLog log) => new(log.Address, log.Topics, log.Data);
}
