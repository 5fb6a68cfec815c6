using System.Buffers.Binary;

namespace ChainExec.Ethereum.Abi;

/// <summary>Collects the entries of a contract and refuses those that cannot stand together.</summary>
internal sealed class AbiContractParts
{
    private const int EntriesMax = 16 * 1024;

    private readonly HashSet<string> _events = [];

    internal Dictionary<uint, AbiFunction> FunctionsBySelector { get; } = [];

    internal Dictionary<uint, AbiError> ErrorsBySelector { get; } = [];

    internal List<AbiFunction> Functions { get; } = [];

    internal List<AbiEvent> Events { get; } = [];

    internal List<AbiError> Errors { get; } = [];

    internal AbiConstructor? Constructor { get; private set; }

    internal AbiStateMutability? Fallback { get; private set; }

    internal bool HasReceive { get; private set; }

    /// <summary>Reads a declaration that is no struct.</summary>
    internal void AddDeclaration(string declaration, AbiStructs structs)
    {
        var parser = new AbiTextParser(declaration);
        switch (parser.ReadWord())
        {
            case "function":
                Add(AbiFunction.Parse(declaration, structs));
                break;
            case "event":
                Add(AbiEvent.Parse(declaration, structs));
                break;
            case "error":
                Add(AbiError.Parse(declaration, structs));
                break;
            case "constructor":
                Add(AbiConstructor.Parse(declaration, structs));
                break;
            case "fallback":
                AddFallback(ReadFallback(ref parser));
                break;
            case "receive":
                ReadReceive(ref parser);
                AddReceive();
                break;
            default:
                throw new AbiException(
                    "A declaration starts with function, event, error, constructor, fallback, receive or struct", 0);
        }
    }

    // Two functions of one selector cannot be in one contract: the compiler refuses them too.
    internal void Add(AbiFunction function)
    {
        if (!FunctionsBySelector.TryAdd(BinaryPrimitives.ReadUInt32BigEndian(function.Selector.Span), function))
        {
            throw new AbiException($"A function before has the selector of {function.Name}", 0);
        }

        AddTo(Functions, function);
    }

    // Compilers list an error or event once for every file that declares it. The same one again says nothing new.
    internal void Add(AbiError error)
    {
        uint selector = BinaryPrimitives.ReadUInt32BigEndian(error.Selector.Span);
        if (ErrorsBySelector.TryAdd(selector, error))
        {
            AddTo(Errors, error);
        }
        else if (ErrorsBySelector[selector].Signature != error.Signature)
        {
            throw new AbiException($"Another error before has the selector of {error.Name}", 0);
        }
    }

    internal void Add(AbiEvent item)
    {
        string indexed = string.Concat(item.Inputs.Select(input => input.Indexed ? 'i' : 'd'));
        if (_events.Add($"{item.Signature} {indexed} {item.IsAnonymous}"))
        {
            AddTo(Events, item);
        }
    }

    internal void Add(AbiConstructor constructor) =>
        Constructor = Constructor is null ? constructor : throw new AbiException("There is a constructor before", 0);

    internal void AddFallback(AbiStateMutability stateMutability)
    {
        if (stateMutability is not (AbiStateMutability.Payable or AbiStateMutability.Nonpayable))
        {
            throw new AbiException("A fallback function is payable or nonpayable", 0);
        }

        Fallback = Fallback is null ? stateMutability : throw new AbiException("There is a fallback function before", 0);
    }

    internal void AddReceive() => HasReceive = !HasReceive ? true : throw new AbiException("There is a receive function before", 0);

    // fallback() or, as a proxy may have it, fallback(bytes) returns (bytes).
    private static AbiStateMutability ReadFallback(ref AbiTextParser parser)
    {
        bool takesData = IsData(parser.ReadParameters(AbiParameterPlace.Function), ref parser);
        AbiModifiers modifiers = AbiModifiers.Read(ref parser);
        bool givesData = modifiers.Next == "returns" && IsData(parser.ReadParameters(AbiParameterPlace.Function), ref parser);
        if (takesData != givesData || modifiers.Next is not ("" or "returns"))
        {
            throw parser.Unexpected("fallback() or fallback(bytes) returns (bytes)");
        }

        parser.ExpectDeclarationEnd();
        return modifiers.StateMutability;
    }

    private static bool IsData(IReadOnlyList<AbiParameter> parameters, ref AbiTextParser parser) => parameters switch
    {
        [] => false,
        [{ Type.Kind: AbiKind.Bytes }] => true,
        _ => throw parser.Unexpected("fallback() or fallback(bytes) returns (bytes)"),
    };

    private static void ReadReceive(ref AbiTextParser parser)
    {
        IReadOnlyList<AbiParameter> inputs = parser.ReadParameters(AbiParameterPlace.Function);
        AbiModifiers modifiers = AbiModifiers.Read(ref parser);
        bool isPayable = modifiers.StateMutability is AbiStateMutability.Payable or AbiStateMutability.Nonpayable;
        if (inputs.Count > 0 || modifiers.Next.Length > 0 || !isPayable)
        {
            throw parser.Unexpected("receive() payable");
        }

        parser.ExpectDeclarationEnd();
    }

    private void AddTo<T>(List<T> items, T item)
    {
        if (Functions.Count + Events.Count + Errors.Count == EntriesMax)
        {
            throw new AbiException($"There are more than {EntriesMax} entries", 0);
        }

        items.Add(item);
    }
}
