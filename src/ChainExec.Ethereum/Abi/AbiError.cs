namespace ChainExec.Ethereum.Abi;

/// <summary>A contract's custom error: how to recognise revert data and to decode it.</summary>
public sealed class AbiError
{
    private readonly byte[] _selector;
    private readonly AbiType[] _types;

    private AbiError(string name, IReadOnlyList<AbiParameter> inputs)
    {
        Name = name;
        Inputs = inputs;
        _types = [.. inputs.Select(input => input.Type)];
        Signature = AbiFunction.SignatureOf(name, inputs);
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
        var parser = new AbiTextParser(declaration);
        string name = parser.ReadDeclaredName("error");
        IReadOnlyList<AbiParameter> inputs = parser.ReadParameters();
        parser.ExpectEnd();
        return new AbiError(name, inputs);
    }

    /// <summary>True when the revert data starts with this error's selector.</summary>
    public bool Matches(ReadOnlySpan<byte> revertData) => revertData.StartsWith(_selector);

    /// <summary>The arguments of the error.</summary>
    /// <exception cref="AbiException">The selector is another one or the data is no strict encoding of the parameters.</exception>
    public object[] Decode(ReadOnlySpan<byte> revertData) => Matches(revertData)
        ? AbiDecoder.Decode(_types, revertData[AbiFunction.SelectorSize..])
        : throw new AbiException($"The data does not start with the selector of {Signature}", 0);

    /// <summary>The canonical signature.</summary>
    public override string ToString() => Signature;
}
