using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>A contract event: how to recognise its logs and to decode them.</summary>
public sealed class AbiEvent
{
    private const int TopicsMax = 4;
    private readonly AbiType[] _dataTypes;
    private readonly int _indexedCount;

    private AbiEvent(string name, IReadOnlyList<AbiParameter> inputs, bool isAnonymous)
    {
        Name = name;
        Inputs = inputs;
        IsAnonymous = isAnonymous;
        _dataTypes = [.. inputs.Where(input => !input.Indexed).Select(input => input.Type)];
        _indexedCount = inputs.Count - _dataTypes.Length;
        Signature = AbiFunction.SignatureOf(name, inputs);
        Topic0 = Keccak256.Hash(Encoding.ASCII.GetBytes(Signature));
    }

    /// <summary>The event's name.</summary>
    public string Name { get; }

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<AbiParameter> Inputs { get; }

    /// <summary>True when logs of it do not carry <see cref="Topic0"/>.</summary>
    public bool IsAnonymous { get; }

    /// <summary>The canonical signature, such as <c>Transfer(address,address,uint256)</c>.</summary>
    public string Signature { get; }

    /// <summary>The hash of the signature: the first topic of its logs unless it is anonymous.</summary>
    public Hash32 Topic0 { get; }

    /// <summary>
    /// Reads <c>event Transfer(address indexed from, address indexed to, uint256 value)</c>; the keyword and names may be absent,
    /// <c>anonymous</c> may follow.
    /// </summary>
    /// <exception cref="AbiException">The text is no event declaration, or has more indexed parameters than a log has topics.</exception>
    public static AbiEvent Parse(string declaration)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        var parser = new AbiTextParser(declaration);
        string name = parser.ReadDeclaredName("event");
        IReadOnlyList<AbiParameter> inputs = parser.ReadParameters();
        string word = parser.ReadWord();
        if (word is not ("" or "anonymous"))
        {
            throw parser.Unexpected("'anonymous' or the end");
        }

        parser.ExpectEnd();
        var parsed = new AbiEvent(name, inputs, word == "anonymous");
        return parsed._indexedCount <= parsed.ParameterTopicsMax
            ? parsed
            : throw new AbiException($"At most {parsed.ParameterTopicsMax} parameters can be indexed", 0);
    }

    private int ParameterTopicsMax => IsAnonymous ? TopicsMax : TopicsMax - 1;

    /// <summary>True when a log with these topics has this event's first topic and its number of topics.</summary>
    public bool Matches(IReadOnlyList<Hash32> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        return IsAnonymous ? topics.Count == _indexedCount : topics.Count == _indexedCount + 1 && topics[0] == Topic0;
    }

    /// <summary>
    /// The arguments in declaration order. An indexed argument of a dynamic, array or tuple type is the <see cref="Hash32"/> that the topic
    /// holds,
    /// since its value is not in the log.
    /// </summary>
    /// <exception cref="AbiException">The topics are not this event's or a value is no strict encoding of its type.</exception>
    public object[] Decode(IReadOnlyList<Hash32> topics, ReadOnlySpan<byte> data)
    {
        if (!Matches(topics))
        {
            throw new AbiException($"The topics are not those of {Signature} with {_indexedCount} indexed parameters", 0);
        }

        object[] fromData = AbiDecoder.Decode(_dataTypes, data);
        object[] values = new object[Inputs.Count];
        int nextTopic = IsAnonymous ? 0 : 1;
        int nextData = 0;
        Span<byte> word = stackalloc byte[Hash32.Size];
        for (int i = 0; i < values.Length; i++)
        {
            AbiParameter input = Inputs[i];
            if (!input.Indexed)
            {
                values[i] = fromData[nextData++];
                continue;
            }

            Hash32 topic = topics[nextTopic++];
            topic.CopyTo(word);
            values[i] = input.Type.IsDynamic || input.Type.Kind is AbiKind.Array or AbiKind.Tuple
                ? topic
                : AbiWord.TryRead(input.Type, word, out string? error) ?? throw new AbiException($"Topic {nextTopic - 1}: {error}", 0);
        }

        return values;
    }

    /// <summary>The canonical signature.</summary>
    public override string ToString() => Signature;
}
