namespace ChainExec.Ethereum.Abi;

/// <summary>One entry of a JSON ABI as read: members may come in any order, so what they mean together is decided at its end.</summary>
internal sealed class AbiJsonEntry
{
    internal string? Type { get; set; }

    internal string? Name { get; set; }

    internal List<AbiParameter>? Inputs { get; set; }

    internal List<AbiParameter>? Outputs { get; set; }

    internal string? StateMutability { get; set; }

    internal bool? Anonymous { get; set; }

    internal bool? Constant { get; set; }

    internal bool? Payable { get; set; }

    /// <summary>The type of that text: elementary or <c>tuple</c> with the components that the entry gives, and array brackets.</summary>
    internal static AbiType TypeOf(string text, IReadOnlyList<AbiParameter>? components, int position)
    {
        try
        {
            int bracket = text.IndexOf('[', StringComparison.Ordinal);
            string name = bracket < 0 ? text : text[..bracket];
            var brackets = new AbiTextParser(text[name.Length..]);
            AbiType type = brackets.ReadBrackets(Single(name, components), 0);
            brackets.ExpectEnd();
            return text.Any(char.IsWhiteSpace) ? throw new AbiException("A type has space in it", 0) : type;
        }
        catch (AbiException exception)
        {
            throw exception.At(position).Within("type");
        }
    }

    /// <summary>Adds what the entry declares; <paramref name="position"/> is where it starts.</summary>
    internal void AddTo(AbiContractParts parts, int position)
    {
        try
        {
            Add(parts);
        }
        catch (AbiException exception)
        {
            throw exception.At(position);
        }
    }

    private static AbiType Single(string name, IReadOnlyList<AbiParameter>? components)
    {
        if (name == "tuple")
        {
            return components is null
                ? throw new AbiException("A tuple has no components", 0)
                : AbiType.TupleOf(components, out string? error) ?? throw new AbiException(error!, 0);
        }

        return components is { Count: > 0 }
            ? throw new AbiException("Only a tuple has components", 0)
            : AbiType.Elementary(name) ?? throw new AbiException("There is no such type", 0);
    }

    private void Add(AbiContractParts parts)
    {
        if (Type != "event" && (Inputs ?? []).Concat(Outputs ?? []).Any(parameter => parameter.Indexed))
        {
            throw new AbiException("Only parameters of events can be indexed", 0);
        }

        switch (Type)
        {
            case "function":
                parts.Add(new AbiFunction(RequiredName(), RequiredInputs(), Outputs ?? [], Mutability()));
                break;
            case "event":
                parts.Add(new AbiEvent(RequiredName(), RequiredInputs(), Anonymous ?? false));
                break;
            case "error":
                parts.Add(new AbiError(RequiredName(), RequiredInputs()));
                break;
            case "constructor":
                parts.Add(new AbiConstructor(Inputs ?? [], PayableOrNot("constructor")));
                break;
            case "fallback":
                parts.AddFallback(PayableOrNot("fallback"));
                break;
            case "receive" when Mutability() == AbiStateMutability.Payable:
                parts.AddReceive();
                break;
            case "receive":
                throw new AbiException("A receive function is payable", 0).Within("stateMutability");
            case null:
                throw new AbiException("It is missing", 0).Within("type");
            default:
                throw new AbiException(
                    "It is none of function, event, error, constructor, fallback and receive", 0).Within("type");
        }
    }

    private string RequiredName() => AbiParameter.IsIdentifier(Name ?? "")
        ? Name!
        : throw new AbiException(Name is null ? "It is missing" : "It is no identifier", 0).Within("name");

    private List<AbiParameter> RequiredInputs() => Inputs ?? throw new AbiException("It is missing", 0).Within("inputs");

    private AbiStateMutability PayableOrNot(string kind)
    {
        AbiStateMutability mutability = Mutability();
        return mutability is AbiStateMutability.Payable or AbiStateMutability.Nonpayable
            ? mutability
            : throw new AbiException($"A {kind} is payable or nonpayable", 0).Within("stateMutability");
    }

    // Compilers before 0.4.16 wrote two flags instead.
    private AbiStateMutability Mutability() => StateMutability is null
        ? Payable == true ? AbiStateMutability.Payable : Constant == true ? AbiStateMutability.View : AbiStateMutability.Nonpayable
        : AbiModifiers.Named(StateMutability) ?? throw new AbiException("There is no such mutability", 0).Within("stateMutability");
}
