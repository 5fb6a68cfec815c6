namespace ChainExec.Ethereum.Abi;

/// <summary>A contract's constructor: its arguments stand behind the creation code, without a selector.</summary>
public sealed class AbiConstructor
{
    private readonly AbiType[] _types;

    internal AbiConstructor(IReadOnlyList<AbiParameter> inputs, AbiStateMutability stateMutability)
    {
        Inputs = inputs;
        StateMutability = stateMutability;
        _types = [.. inputs.Select(input => input.Type)];
    }

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<AbiParameter> Inputs { get; }

    /// <summary><see cref="AbiStateMutability.Payable"/> when the creation may carry native coin, else <see
    /// cref="AbiStateMutability.Nonpayable"/>.</summary>
    public AbiStateMutability StateMutability { get; }

    /// <summary>Reads <c>constructor(address owner, uint256 cap) payable</c>.</summary>
    /// <exception cref="AbiException">The text is no constructor declaration; it names the character.</exception>
    public static AbiConstructor Parse(string declaration)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        return Parse(declaration, structs: null);
    }

    internal static AbiConstructor Parse(string declaration, AbiStructs? structs)
    {
        var parser = new AbiTextParser(declaration, structs);
        if (parser.ReadWord() != "constructor")
        {
            throw new AbiException("'constructor' was expected", 0);
        }

        IReadOnlyList<AbiParameter> inputs = parser.ReadParameters(AbiParameterPlace.Function);
        AbiModifiers modifiers = AbiModifiers.Read(ref parser);
        if (modifiers.Next.Length > 0 || modifiers.StateMutability is AbiStateMutability.View or AbiStateMutability.Pure)
        {
            throw parser.Unexpected("'payable' or the end");
        }

        parser.ExpectDeclarationEnd();
        return new AbiConstructor(inputs, modifiers.StateMutability);
    }

    /// <summary>What a creation transaction carries: the creation code and the encoded arguments behind it.</summary>
    /// <exception cref="AbiException">The number of arguments differs, one does not fit its type, or the whole would exceed <see
    /// cref="AbiEncoder.SizeMax"/>.</exception>
    public byte[] EncodeCreation(ReadOnlySpan<byte> creationCode, params object[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return AbiWriter.Write(creationCode, _types, arguments);
    }

    /// <summary>The arguments in the data of a creation transaction, read strictly.</summary>
    /// <exception cref="AbiException">The data does not start with <paramref name="creationCode"/>, or what follows is no strict encoding of
    /// the parameters.</exception>
    public object[] DecodeCreation(ReadOnlySpan<byte> creationCode, ReadOnlySpan<byte> data) => data.StartsWith(creationCode)
        ? AbiDecoder.Decode(_types, data[creationCode.Length..])
        : throw new AbiException("The data does not start with the creation code", data.CommonPrefixLength(creationCode));

    /// <summary>The whole declaration, such as <c>constructor(address owner) payable</c>.</summary>
    public string ToDeclaration() => $"constructor{AbiParameter.ListOf(Inputs)}{AbiModifiers.Suffix(StateMutability)}";

    /// <summary>The whole declaration.</summary>
    public override string ToString() => ToDeclaration();
}
