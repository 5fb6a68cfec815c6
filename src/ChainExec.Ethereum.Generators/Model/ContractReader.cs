using ChainExec.Ethereum.Generators.Json;

namespace ChainExec.Ethereum.Generators.Model;

/// <summary>Reads the entries of an ABI. A defect ends its entry and not the file, so that one build shows them all.</summary>
internal sealed class ContractReader
{
    private const int TopicsMax = 4;
    private static readonly ParameterModel[] NoParameters = [];

    private readonly AbiFile _file;
    private readonly TypeReader _typeReader;
    private readonly Dictionary<string, EntryModel> _entryByKey = [];
    private readonly List<EntryModel> _entries = [];
    private readonly List<AbiDiagnostic> _defects = [];

    private ContractReader(AbiFile file)
    {
        _file = file;
        _typeReader = new TypeReader(Types);
    }

    /// <summary>The structs and lists of the contract.</summary>
    public TypeTable Types { get; } = new();

    /// <summary>The entries, in the order of the file and each once.</summary>
    public IReadOnlyList<EntryModel> Entries => _entries;

    /// <summary>What is wrong with the file.</summary>
    public IReadOnlyList<AbiDiagnostic> Defects => _defects;

    /// <summary>Reads a file.</summary>
    public static ContractReader Read(AbiFile file, CancellationToken cancellationToken)
    {
        var reader = new ContractReader(file);
        try
        {
            foreach (JsonNode entry in ReadList(file).Items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                reader.TryReadEntry(entry);
            }
        }
        catch (AbiDefectException defect)
        {
            reader.Report(defect);
        }

        return reader;
    }

    // What compilers write beside the bytecode has the ABI in a field.
    private static JsonNode ReadList(AbiFile file)
    {
        if (file.Text is null)
        {
            throw new AbiDefectException(AbiRules.NotJson, default, "The file cannot be read");
        }

        JsonNode root = JsonReader.Read(file.Text);
        JsonNode list = root.Kind == JsonKind.Object && root.Find("abi") is { } inner ? inner : root;
        return list.Kind == JsonKind.Array
            ? list
            : throw new AbiDefectException(AbiRules.NotAbi, list.Span, "An ABI is a JSON array, or an object with one in 'abi'");
    }

    private void TryReadEntry(JsonNode node)
    {
        try
        {
            if (ReadEntry(node) is { } entry)
            {
                Add(node, entry);
            }
        }
        catch (AbiDefectException defect)
        {
            Report(defect);
        }
    }

    private EntryModel? ReadEntry(JsonNode node)
    {
        if (node.Kind != JsonKind.Object)
        {
            throw new AbiDefectException(AbiRules.NotAbi, node.Span, "An entry of an ABI is a JSON object");
        }

        // The specification lets "type" be absent for functions.
        JsonNode? type = Fields.OptionalText(node, "type");
        switch (type?.Text ?? "function")
        {
            case "function":
                return ReadFunction(node);
            case "constructor":
                return new EntryModel(EntryKind.Constructor, "Constructor", ReadInputs(node, "Constructor", true), NoParameters)
                {
                    IsPayable = ReadPayable(node),
                };
            case "event":
                return ReadEvent(node);
            case "error":
                return new EntryModel(EntryKind.Error, ReadName(node, "An error"), ReadInputs(node, Owner(node, "Error")), NoParameters);
            case "fallback" or "receive":
                return null;
            default:
                throw new AbiDefectException(
                    AbiRules.NotAbi, type!.Span, "An entry is a function, constructor, receive, fallback, event or error");
        }
    }

    private EntryModel ReadFunction(JsonNode node)
    {
        string name = ReadName(node, "A function");
        JsonNode? outputs = node.Find("outputs");
        return new EntryModel(
            EntryKind.Function,
            name,
            ReadInputs(node, Owner(node, "")),
            outputs is null ? NoParameters : _typeReader.ReadParameters(outputs, Owner(node, "Result")))
        {
            IsPayable = ReadPayable(node),
        };
    }

    private EntryModel ReadEvent(JsonNode node)
    {
        string name = ReadName(node, "An event");
        bool isAnonymous = Fields.Flag(node, "anonymous");
        IReadOnlyList<ParameterModel> inputs = ReadInputs(node, Owner(node, "Event"));
        int topics = inputs.Count(input => input.IsIndexed) + (isAnonymous ? 0 : 1);
        return topics <= TopicsMax
            ? new EntryModel(EntryKind.Event, name, inputs, NoParameters) { IsAnonymous = isAnonymous }
            : throw new AbiDefectException(
                AbiRules.TooManyTopics, node.Find("inputs")!.Span,
                $"At most {(isAnonymous ? TopicsMax : TopicsMax - 1)} parameters of '{name}' can be indexed");
    }

    private IReadOnlyList<ParameterModel> ReadInputs(JsonNode node, string owner, bool isOptional = false)
    {
        JsonNode? inputs = node.Find("inputs");
        return inputs is not null ? _typeReader.ReadParameters(inputs, owner)
            : isOptional ? NoParameters
            : throw new AbiDefectException(AbiRules.NotAbi, node.Span, "An entry needs 'inputs'");
    }

    private static string ReadName(JsonNode node, string what)
    {
        JsonNode name = Fields.Text(node, "name", what);
        Fields.ExpectName(name, what);
        return name.Text;
    }

    private static string Owner(JsonNode node, string suffix) => Names.Pascal(Fields.OptionalText(node, "name")?.Text ?? "") + suffix;

    // Before Solidity 0.5 there was a flag instead of the mutability.
    private static bool ReadPayable(JsonNode node)
    {
        JsonNode? mutability = Fields.OptionalText(node, "stateMutability");
        return mutability?.Text switch
        {
            null => Fields.Flag(node, "payable"),
            "payable" => true,
            "pure" or "view" or "nonpayable" => false,
            _ => throw new AbiDefectException(AbiRules.NotAbi, mutability!.Span, "'stateMutability' is pure, view, nonpayable or payable"),
        };
    }

    // An ABI that was merged from several, as a proxy's is, says things twice.
    private void Add(JsonNode node, EntryModel entry)
    {
        if (!_entryByKey.TryGetValue(entry.Key, out EntryModel? known))
        {
            _entryByKey.Add(entry.Key, entry);
            _entries.Add(entry);
        }
        else if (!known.ReturnsAs(entry) || known.Signature != entry.Signature)
        {
            throw new AbiDefectException(AbiRules.Contradiction, node.Span, $"'{entry.Signature}' was declared before, differently");
        }
    }

    private void Report(AbiDefectException defect) => _defects.Add(_file.At(defect.Rule, defect.Span, defect.Message));
}
