using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>A contract event: how to recognise its logs, to decode them, and to ask a node for them.</summary>
public sealed class AbiEvent
{
    private const int TopicsMax = 4;
    private readonly AbiType[] _dataTypes;
    private readonly AbiType[] _indexedTypes;

    internal AbiEvent(string name, IReadOnlyList<AbiParameter> inputs, bool isAnonymous)
    {
        Name = name;
        Inputs = inputs;
        IsAnonymous = isAnonymous;
        _dataTypes = [.. inputs.Where(input => !input.Indexed).Select(input => input.Type)];
        _indexedTypes = [.. inputs.Where(input => input.Indexed).Select(input => input.Type)];
        Signature = name + AbiType.CanonicalOf(inputs);
        Topic0 = Keccak256.Hash(Encoding.ASCII.GetBytes(Signature));
        int indexedMax = isAnonymous ? TopicsMax : TopicsMax - 1;
        if (_indexedTypes.Length > indexedMax)
        {
            throw new AbiException($"At most {indexedMax} parameters can be indexed", 0);
        }
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

    private int TopicCount => _indexedTypes.Length + (IsAnonymous ? 0 : 1);

    /// <summary>
    /// Reads <c>event Transfer(address indexed from, address indexed to, uint256 value)</c>; the keyword and names may be absent,
    /// <c>anonymous</c> may follow.
    /// </summary>
    /// <exception cref="AbiException">The text is no event declaration, or has more indexed parameters than a log has topics.</exception>
    public static AbiEvent Parse(string declaration)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        return Parse(declaration, structs: null);
    }

    internal static AbiEvent Parse(string declaration, AbiStructs? structs)
    {
        var parser = new AbiTextParser(declaration, structs);
        string name = parser.ReadDeclaredName("event");
        IReadOnlyList<AbiParameter> inputs = parser.ReadParameters(AbiParameterPlace.Event);
        string word = parser.ReadWord();
        if (word is not ("" or "anonymous"))
        {
            throw parser.Unexpected("'anonymous' or the end");
        }

        parser.ExpectDeclarationEnd();
        return new AbiEvent(name, inputs, word == "anonymous");
    }

    /// <summary>True when a log with these topics has this event's first topic and its number of topics.</summary>
    public bool Matches(IReadOnlyList<Hash32> topics)
    {
        ArgumentNullException.ThrowIfNull(topics);
        return topics.Count == TopicCount && (IsAnonymous || topics[0] == Topic0);
    }

    /// <summary>Decodes a log strictly, see <see cref="Decode(IReadOnlyList{Hash32}, ReadOnlySpan{byte}, AbiStrictness)"/>.</summary>
    /// <exception cref="AbiException">The topics are not this event's or a value is no strict encoding of its type.</exception>
    public object[] Decode(IReadOnlyList<Hash32> topics, ReadOnlySpan<byte> data) => Decode(topics, data, AbiStrictness.Strict);

    /// <summary>
    /// The arguments in declaration order. An indexed argument of a dynamic, array or tuple type is the <see cref="Hash32"/> that the topic
    /// holds, since its value is not in the log.
    /// </summary>
    /// <exception cref="AbiException">The topics are not this event's or a value is no encoding of its type.</exception>
    public object[] Decode(IReadOnlyList<Hash32> topics, ReadOnlySpan<byte> data, AbiStrictness strictness)
    {
        if (!Matches(topics))
        {
            throw new AbiException($"The topics are not those of {Name} with {_indexedTypes.Length} indexed parameters", 0);
        }

        object[] fromData = AbiDecoder.Decode(_dataTypes, data, strictness);
        object[] values = new object[Inputs.Count];
        int nextTopic = IsAnonymous ? 0 : 1;
        int nextData = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Inputs[i].Indexed
                ? FromTopic(Inputs[i].Type, topics[nextTopic], nextTopic++, strictness)
                : fromData[nextData++];
        }

        return values;
    }

    /// <summary>The topics and the data of the log that emitting these arguments gives, one argument for each parameter.</summary>
    /// <exception cref="AbiException">The number of arguments differs or one does not fit its type.</exception>
    public (IReadOnlyList<Hash32> Topics, byte[] Data) Encode(params object[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (arguments.Length != Inputs.Count)
        {
            throw new AbiException($"{Inputs.Count} values are needed, {arguments.Length} were given", arguments.Length);
        }

        var topics = new List<Hash32>(TopicsMax);
        var fromData = new List<object>(_dataTypes.Length);
        if (!IsAnonymous)
        {
            topics.Add(Topic0);
        }

        for (int i = 0; i < arguments.Length; i++)
        {
            if (Inputs[i].Indexed)
            {
                topics.Add(ToTopic(Inputs[i].Type, arguments[i], i));
            }
            else
            {
                fromData.Add(arguments[i]);
            }
        }

        return (topics, AbiEncoder.Encode(_dataTypes, fromData));
    }

    /// <summary>
    /// The topics to ask for, as <c>eth_getLogs</c> takes them: null accepts any topic. Give values of the first indexed parameters in order;
    /// null or none stands for any. A dynamic, array or tuple value is hashed; its <see cref="Hash32"/> may be given instead.
    /// </summary>
    /// <exception cref="AbiException">There are more arguments than indexed parameters or one does not fit its type.</exception>
    public IReadOnlyList<Hash32?> FilterTopics(params object?[] indexedArguments)
    {
        ArgumentNullException.ThrowIfNull(indexedArguments);
        if (indexedArguments.Length > _indexedTypes.Length)
        {
            throw new AbiException($"{Name} has {_indexedTypes.Length} indexed parameters", _indexedTypes.Length);
        }

        var topics = new List<Hash32?>(TopicsMax);
        if (!IsAnonymous)
        {
            topics.Add(Topic0);
        }

        for (int i = 0; i < indexedArguments.Length; i++)
        {
            topics.Add(indexedArguments[i] is { } argument ? ToTopic(_indexedTypes[i], argument, i) : null);
        }

        return topics;
    }

    /// <summary>The whole declaration, such as <c>event Transfer(address indexed from, address indexed to, uint256 value)</c>.</summary>
    public string ToDeclaration() => $"event {Name}{AbiParameter.ListOf(Inputs)}{(IsAnonymous ? " anonymous" : "")}";

    /// <summary>The canonical signature.</summary>
    public override string ToString() => Signature;

    private static bool IsHashed(AbiType type) => type.IsDynamic || type.Kind is AbiKind.Array or AbiKind.Tuple;

    private static object FromTopic(AbiType type, Hash32 topic, int index, AbiStrictness strictness)
    {
        if (IsHashed(type))
        {
            return topic;
        }

        Span<byte> word = stackalloc byte[Hash32.Size];
        topic.CopyTo(word);
        return AbiWord.TryRead(type, word, strictness == AbiStrictness.Lenient, out string? error)
            ?? throw new AbiException($"Topic {index}: {error}", 0);
    }

    private static Hash32 ToTopic(AbiType type, object argument, int index)
    {
        if (IsHashed(type))
        {
            return argument is Hash32 hash ? hash : Keccak256.Hash(AbiInPlace.Write(type, argument, index));
        }

        Span<byte> word = stackalloc byte[AbiWord.Size];
        word.Clear();
        return AbiWord.TryWrite(type, argument, word) is { } error ? throw new AbiException(error, index) : Hash32.FromBytes(word);
    }
}
