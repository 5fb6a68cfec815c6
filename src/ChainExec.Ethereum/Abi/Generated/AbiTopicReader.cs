using System.Runtime.CompilerServices;

namespace ChainExec.Ethereum.Abi.Generated;

/// <summary>
/// The indexed parameters of an event, out of the topics of an untrusted log, as strict as <see cref="AbiEvent"/>. The first failure stays,
/// so that generated code asks once, at the end. Nothing is allocated, refused or not.
/// </summary>
public ref struct AbiTopicReader
{
    private readonly ReadOnlySpan<Hash32> _topics;
    private string? _refused;
    private int _topic;

    /// <summary>Reads these topics.</summary>
    public AbiTopicReader(ReadOnlySpan<Hash32> topics) => _topics = topics;

    /// <summary>True while nothing was refused.</summary>
    public readonly bool IsValid => _refused is null;

    /// <summary>What was refused first.</summary>
    public readonly AbiFailure Failure => _refused is null ? default : new AbiFailure(AbiFailure.DirtyWord, _refused, 0, _topic);

    /// <summary>Reads an <c>address</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Address ReadAddress(int topic)
    {
        Address value = AbiWords.ToAddress(_topics[topic].Words, out string? refused);
        Judge(refused, topic);
        return value;
    }

    /// <summary>Reads a <c>bool</c>, which is 0 or 1.</summary>
    public bool ReadBool(int topic)
    {
        bool value = AbiWords.ToBool(_topics[topic].Words, out string? refused);
        Judge(refused, topic);
        return value;
    }

    /// <summary>Reads an unsigned integer of up to 64 bits.</summary>
    public ulong ReadUInt64(int topic, int bits)
    {
        ulong value = AbiWords.ToUInt64(_topics[topic].Words, bits, out string? refused);
        Judge(refused, topic);
        return value;
    }

    /// <summary>Reads an unsigned integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public UInt256 ReadUInt256(int topic, int bits)
    {
        UInt256 value = AbiWords.ToUInt256(_topics[topic].Words, bits, out string? refused);
        Judge(refused, topic);
        return value;
    }

    /// <summary>Reads a signed integer of up to 64 bits, which must be extended by its sign.</summary>
    public long ReadInt64(int topic, int bits)
    {
        long value = AbiWords.ToInt64(_topics[topic].Words, bits, out string? refused);
        Judge(refused, topic);
        return value;
    }

    /// <summary>Reads a signed integer, which must be extended by its sign.</summary>
    public Int256 ReadInt256(int topic, int bits)
    {
        Int256 value = AbiWords.ToInt256(_topics[topic].Words, bits, out string? refused);
        Judge(refused, topic);
        return value;
    }

    /// <summary>Reads a <c>bytes32</c>, or the hash of a value that no topic can hold.</summary>
    public readonly Hash32 ReadHash(int topic) => _topics[topic];

    /// <summary>Reads a byte string of fixed length.</summary>
    public FixedBytes ReadFixedBytes(int topic, int length)
    {
        FixedBytes value = AbiWords.ToFixedBytes(_topics[topic].Words, length, out string? refused);
        Judge(refused, topic);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Judge(string? refused, int topic)
    {
        if (refused is not null && _refused is null)
        {
            _refused = refused;
            _topic = topic;
        }
    }
}
