using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>A contract function: how to encode a call of it and to decode calls and results.</summary>
public sealed class AbiFunction
{
    /// <summary>Bytes of a selector.</summary>
    public const int SelectorSize = 4;

    private readonly byte[] _selector;
    private readonly AbiType[] _inputTypes;
    private readonly AbiType[] _outputTypes;

    internal AbiFunction(
        string name, IReadOnlyList<AbiParameter> inputs, IReadOnlyList<AbiParameter> outputs, AbiStateMutability stateMutability)
    {
        Name = name;
        Inputs = inputs;
        Outputs = outputs;
        StateMutability = stateMutability;
        _inputTypes = [.. inputs.Select(input => input.Type)];
        _outputTypes = [.. outputs.Select(output => output.Type)];
        Signature = name + AbiType.CanonicalOf(inputs);
        _selector = SelectorOf(Signature);
    }

    /// <summary>The function's name.</summary>
    public string Name { get; }

    /// <summary>The parameters, in order.</summary>
    public IReadOnlyList<AbiParameter> Inputs { get; }

    /// <summary>The returned values, in order; empty when nothing is declared.</summary>
    public IReadOnlyList<AbiParameter> Outputs { get; }

    /// <summary>What a call may do; <see cref="AbiStateMutability.Nonpayable"/> when nothing is declared.</summary>
    public AbiStateMutability StateMutability { get; }

    /// <summary>The canonical signature, such as <c>transfer(address,uint256)</c>.</summary>
    public string Signature { get; }

    /// <summary>The first 4 bytes of the signature's hash, which lead the call data.</summary>
    public ReadOnlyMemory<byte> Selector => _selector;

    /// <summary>
    /// Reads <c>function transfer(address to, uint256 amount) external returns (bool)</c>; the keyword, names, modifiers and results may be
    /// absent.
    /// </summary>
    /// <exception cref="AbiException">The text is no function declaration; it names the character.</exception>
    public static AbiFunction Parse(string declaration)
    {
        ArgumentNullException.ThrowIfNull(declaration);
        return Parse(declaration, structs: null);
    }

    internal static AbiFunction Parse(string declaration, AbiStructs? structs)
    {
        var parser = new AbiTextParser(declaration, structs);
        string name = parser.ReadDeclaredName("function");
        IReadOnlyList<AbiParameter> inputs = parser.ReadParameters(AbiParameterPlace.Function);
        AbiModifiers modifiers = AbiModifiers.Read(ref parser);
        IReadOnlyList<AbiParameter> outputs = modifiers.Next == "returns" ? parser.ReadParameters(AbiParameterPlace.Function) : [];
        if (modifiers.Next is not ("" or "returns"))
        {
            throw parser.Unexpected("'returns' or the end");
        }

        parser.ExpectDeclarationEnd();
        return new AbiFunction(name, inputs, outputs, modifiers.StateMutability);
    }

    /// <summary>The call data: the selector and the encoded arguments.</summary>
    /// <exception cref="AbiException">The number of arguments differs or one does not fit its type.</exception>
    public byte[] EncodeCall(params object[] arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return AbiWriter.Write(_selector, _inputTypes, arguments);
    }

    /// <summary>True when the call data starts with this function's selector.</summary>
    public bool Matches(ReadOnlySpan<byte> callData) => callData.StartsWith(_selector);

    /// <summary>
    /// The arguments of a call. The data must be exactly what <see cref="EncodeCall"/> gives for them: a second encoding of the same
    /// arguments
    /// (bytes behind them, moved tails) is refused, because what is checked must be all that is signed.
    /// </summary>
    /// <exception cref="AbiException">The selector is another one or the data is not the canonical encoding.</exception>
    public object[] DecodeCall(ReadOnlySpan<byte> callData)
    {
        if (!Matches(callData))
        {
            throw new AbiException($"The data does not start with the selector of {Signature}", 0);
        }

        object[] arguments = AbiDecoder.Decode(_inputTypes, callData[SelectorSize..]);
        byte[] canonical = EncodeCall(arguments);
        int common = callData.CommonPrefixLength(canonical);
        return common == canonical.Length && common == callData.Length
            ? arguments
            : throw new AbiException($"The data is not the canonical encoding of a call of {Signature}", common);
    }

    /// <summary>The values a call returned, read strictly.</summary>
    /// <exception cref="AbiException">The data is no strict encoding of <see cref="Outputs"/>.</exception>
    public object[] DecodeResult(ReadOnlySpan<byte> returnData) => DecodeResult(returnData, AbiStrictness.Strict);

    /// <summary>The values a call returned.</summary>
    /// <exception cref="AbiException">The data is no encoding of <see cref="Outputs"/>.</exception>
    public object[] DecodeResult(ReadOnlySpan<byte> returnData, AbiStrictness strictness) =>
        AbiDecoder.Decode(_outputTypes, returnData, strictness);

    /// <summary>The whole declaration, such as <c>function balanceOf(address owner) view returns (uint256)</c>.</summary>
    public string ToDeclaration()
    {
        string results = Outputs.Count == 0 ? "" : $" returns {AbiParameter.ListOf(Outputs)}";
        return $"function {Name}{AbiParameter.ListOf(Inputs)}{AbiModifiers.Suffix(StateMutability)}{results}";
    }

    /// <summary>The canonical signature.</summary>
    public override string ToString() => Signature;

    internal static byte[] SelectorOf(string signature)
    {
        Span<byte> digest = stackalloc byte[Hash32.Size];
        Keccak256.Hash(Encoding.ASCII.GetBytes(signature), digest);
        return digest[..SelectorSize].ToArray();
    }
}
