namespace ChainExec.Ethereum.Abi;

/// <summary>An event as the generator makes it of its ABI: whoever is told the type can recognise and read its logs.</summary>
/// <typeparam name="TSelf">The event.</typeparam>
public interface IAbiEvent<TSelf>
    where TSelf : struct, IAbiEvent<TSelf>
{
    /// <summary>The hash of the signature, the first topic of its logs.</summary>
    static abstract Hash32 Topic0 { get; }

    /// <summary>Reads a log.</summary>
    /// <exception cref="AbiException">The log is another; it names the byte or topic.</exception>
    static abstract TSelf Decode(ReadOnlySpan<Hash32> topics, ReadOnlySpan<byte> data);
}
