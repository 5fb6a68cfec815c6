namespace ChainExec.Ethereum.Abi;

/// <summary>A contract's custom error: how to recognise revert data and to decode it.</summary>
public sealed class AbiError
{
    /// <summary><c>Error(string)</c>: what <c>require</c> and <c>revert</c> with a text give.</summary>
    public static AbiError ErrorString { get; } = Parse("error Error(string message)");

    /// <summary><c>Panic(uint256)</c>: what the compiler's own checks give, see <see cref="RevertReason.PanicMeaning"/>.</summary>
    public static AbiError Panic { get; } = Parse("error Panic(uint256 code)");

    private readonly byte[] _selector;
    private readonly AbiType[] _types;

    internal AbiError(string name, IReadOnlyList<AbiParameter> inputs)
    {
        Name = name;
        Inputs = inputs;
        _types = [.. inputs.Select(input => input.Type)];
        Signature = name + AbiType.CanonicalOf(inputs);
        _selector = AbiFunction.SelectorOf(Signature);
    }

    /// <summary>The error's name.</summary>
    public string Name { get; }

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<AbiParameter> Inputs { get; }

    /// <summary>The canonical signature, such as <c>InsufficientBalance(uint256,uint256)</c>.</summary>
    public string Signature { get; }

    /// <summary>The first 4 bytes of the signature's hash, which lead the revert data.</summary>
    public ReadOnlyMemory<byte> Selector => _selector;

    /// <summary>Reads <c>error InsufficientBalance(uint256 available, uint256 required)</c>; the keyword and names may be absent.</summary>
    /// <exception cref="AbiException">The text is no error declaration; it names the character.</exception>
    public static AbiError Parse(string declaration)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        return Parse(declaration, structs: null);
    }

    internal static AbiError Parse(string declaration, AbiStructs? structs)
    {
        var parser = new AbiTextParser(declaration, structs);
        string name = parser.ReadDeclaredName("error");
        IReadOnlyList<AbiParameter> inputs = parser.ReadParameters(AbiParameterPlace.Function);
        parser.ExpectDeclarationEnd();
        return new AbiError(name, inputs);
    }

    /// <summary>True when the revert data starts with this error's selector.</summary>
    public bool Matches(ReadOnlySpan<byte> revertData) => revertData.StartsWith(_selector);

    /// <summary>The revert data: the selector and the encoded arguments.</summary>
    /// <exception cref="AbiException">The number of arguments differs or one does not fit its type.</exception>
    public byte[] Encode(params object[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return AbiWriter.Write(_selector, _types, arguments);
    }

    /// <summary>The arguments of the error, read strictly.</summary>
    /// <exception cref="AbiException">The selector is another one or the data is no strict encoding of the parameters.</exception>
    public object[] Decode(ReadOnlySpan<byte> revertData) => Decode(revertData, AbiStrictness.Strict);

    /// <summary>The arguments of the error.</summary>
    /// <exception cref="AbiException">The selector is another one or the data is no encoding of the parameters.</exception>
    public object[] Decode(ReadOnlySpan<byte> revertData, AbiStrictness strictness) => Matches(revertData)
        ? AbiDecoder.Decode(_types, revertData[AbiFunction.SelectorSize..], strictness)
        : throw new AbiException($"The data does not start with the selector of {Name}", 0);

    /// <summary>The whole declaration, such as <c>error InsufficientBalance(uint256 available, uint256 required)</c>.</summary>
    public string ToDeclaration() => $"error {Name}{AbiParameter.ListOf(Inputs)}";

    /// <summary>The canonical signature.</summary>
    public override string ToString() => Signature;
}
