namespace ChainExec.Ethereum.Abi;

/// <summary>The structs that declarations name, in any order; each is resolved when it is first used.</summary>
internal sealed class AbiStructs
{
    private readonly Dictionary<string, string> _declarations = [];
    private readonly Dictionary<string, AbiType> _types = [];
    private int _depth;

    /// <summary>Adds <c>struct Name { type member; … }</c>.</summary>
    internal void Add(string declaration)
    {
        var parser = new AbiTextParser(declaration, this);
        string name = parser.ReadDeclaredName("struct");
        if (AbiType.Elementary(name) is not null || name == "tuple" || !_declarations.TryAdd(name, declaration))
        {
            throw new AbiException($"'{name}' is a type already", 0);
        }
    }

    /// <summary>Reads every struct, so that one that nothing uses is checked too.</summary>
    internal void CheckAll()
    {
        foreach (string name in _declarations.Keys)
        {
            Find(name);
        }
    }

    /// <summary>The tuple that the struct stands for, or null when there is none of that name.</summary>
    internal AbiType? Find(string name)
    {
        if (_types.TryGetValue(name, out AbiType? known) || !_declarations.TryGetValue(name, out string? declaration))
        {
            return known;
        }

        // A struct that holds itself ends here as well.
        if (_depth == AbiType.DepthMax)
        {
            throw new AbiException($"Structs are nested deeper than {AbiType.DepthMax}", 0);
        }

        _depth++;
        var parser = new AbiTextParser(declaration, this);
        parser.ReadDeclaredName("struct");
        IReadOnlyList<AbiParameter> members = parser.ReadMembers();
        parser.ExpectDeclarationEnd();
        _depth--;
        AbiType type = AbiType.TupleOf(members, out string? error) ?? throw new AbiException(error!, 0);
        _types.Add(name, type);
        return type;
    }
}
