using System.Globalization;

namespace ChainExec.Ethereum.Generators.Model;

/// <summary>What an entry of an ABI describes.</summary>
internal enum EntryKind
{
    /// <summary>A function.</summary>
    Function,

    /// <summary>The constructor.</summary>
    Constructor,

    /// <summary>An event.</summary>
    Event,

    /// <summary>A custom error.</summary>
    Error,
}

/// <summary>A function, the constructor, an event or an error.</summary>
internal sealed class EntryModel(
    EntryKind kind, string solidityName, IReadOnlyList<ParameterModel> inputs, IReadOnlyList<ParameterModel> outputs)
{
    private readonly byte[] _hash = Keccak.Hash(SignatureOf(solidityName, inputs));

    /// <summary>What it is.</summary>
    public EntryKind Kind { get; } = kind;

    /// <summary>The name in the ABI.</summary>
    public string SolidityName { get; } = solidityName;

    /// <summary>The canonical signature.</summary>
    public string Signature { get; } = SignatureOf(solidityName, inputs);

    /// <summary>The parameters.</summary>
    public IReadOnlyList<ParameterModel> Inputs { get; } = inputs;

    /// <summary>What a function returns.</summary>
    public IReadOnlyList<ParameterModel> Outputs { get; } = outputs;

    /// <summary>True for an event without its topic.</summary>
    public bool IsAnonymous { get; set; }

    /// <summary>True for a function or constructor that takes the chain's coin.</summary>
    public bool IsPayable { get; set; }

    /// <summary>Topic 0: the hash of the signature.</summary>
    public IReadOnlyList<byte> Topic => _hash;

    /// <summary>The first 4 bytes of the hash of the signature.</summary>
    public IReadOnlyList<byte> Selector => [.. _hash.Take(4)];

    /// <summary>The selector in 8 digits.</summary>
    public string SelectorDigits => string.Concat(Selector.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));

    /// <summary>Equal for two entries of the same bytes: kind, signature and what is indexed. There is one constructor.</summary>
    public string Key => Kind == EntryKind.Constructor
        ? "Constructor"
        : $"{Kind} {IsAnonymous} {Signature} {string.Concat(Inputs.Select(input => input.IsIndexed ? '1' : '0'))}";

    /// <summary>True when the other entry's results have the same types.</summary>
    public bool ReturnsAs(EntryModel other) =>
        Outputs.Select(output => output.Type.Canonical).SequenceEqual(other.Outputs.Select(output => output.Type.Canonical));

    private static string SignatureOf(string name, IReadOnlyList<ParameterModel> inputs) =>
        $"{name}({string.Join(",", inputs.Select(input => input.Type.Canonical))})";
}

/// <summary>A parameter as the ABI names it.</summary>
internal sealed class ParameterModel(string name, TypeModel type, bool isIndexed)
{
    /// <summary>The name; may be empty.</summary>
    public string Name { get; } = name;

    /// <summary>The type.</summary>
    public TypeModel Type { get; } = type;

    /// <summary>True when a topic holds it.</summary>
    public bool IsIndexed { get; } = isIndexed;
}
