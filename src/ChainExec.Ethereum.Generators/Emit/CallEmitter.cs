using ChainExec.Ethereum.Generators.Model;

namespace ChainExec.Ethereum.Generators.Emit;

/// <summary>A function, or the constructor, as a record that encodes itself and reads itself and what a call returns.</summary>
internal sealed class CallEmitter(CodeWriter code, EntryModel entry, string name)
{
    private const int SelectorSize = 4;
    private const string Bytes = "global::System.ReadOnlySpan<byte>";
    private const string Failure = "global::ChainExec.Ethereum.Abi.Generated.AbiFailure";

    private readonly string _typeName = name + (entry.Kind == EntryKind.Function ? "Call" : "Arguments");
    private readonly int _slots = entry.Inputs.Sum(input => input.Type.HeadSlots);
    private readonly bool _isDynamic = entry.Inputs.Any(input => input.Type.IsDynamic);

    private bool HasSelector => entry.Kind == EntryKind.Function;

    private int Start => HasSelector ? SelectorSize : 0;

    /// <summary>Writes the type, and the type of its results when there are several.</summary>
    public void Emit()
    {
        IReadOnlyList<FieldModel> fields = TypeTable.Fields(entry.Inputs, _typeName);
        code.Space();
        string payable = entry.IsPayable ? " It is payable." : "";
        Documents.Summary(code, HasSelector
            ? $"A call of the function <c>{entry.Signature}</c>.{payable}"
            : $"The arguments of the constructor, which follow the bytecode.{payable}");
        Documents.Parameters(code, fields);
        code.Open($"public readonly record struct {_typeName}{Documents.ParameterList(fields)}");
        EmitConstants();
        EmitEncoder(fields);
        if (HasSelector)
        {
            EmitDecoder(fields);
            ResultEmitter.Emit(code, entry.Outputs, name + "Result");
        }

        code.Close();
        if (entry.Outputs.Count > 1)
        {
            ResultEmitter.EmitType(code, entry, name + "Result");
        }
    }

    private void EmitConstants()
    {
        if (HasSelector)
        {
            Constants.Signature(code, entry);
            Constants.Selector(code, entry, "call data");
        }

        if (!_isDynamic)
        {
            Documents.Summary(code, "The bytes of every encoding.");
            code.Write($"public const int EncodedSize = {ValueCode.Text(Start + 32 * _slots)};");
            code.Space();
        }
    }

    private void EmitEncoder(IReadOnlyList<FieldModel> fields)
    {
        string size = _isDynamic ? "GetEncodedSize()" : "EncodedSize";
        if (_isDynamic)
        {
            Documents.Summary(code, "The bytes of the encoding.");
            EncoderException();
            code.Write("""
                public int GetEncodedSize()
                {
                    var writer = global::ChainExec.Ethereum.Abi.Generated.AbiSpanWriter.Measuring();
                    Write(ref writer);
                    return writer.Length;
                }

                """);
        }

        Documents.Summary(code, "The encoding in a new array, the only thing that is allocated.");
        EncoderException();
        code.Write($$"""
            public byte[] Encode()
            {
                byte[] data = new byte[{{size}}];
                var writer = new global::ChainExec.Ethereum.Abi.Generated.AbiSpanWriter(data);
                Write(ref writer);
                writer.ExpectFull();
                return data;
            }

            /// <summary>Writes the encoding without allocating; answers false when the destination is shorter.</summary>
            """);
        EncoderException();
        code.Write($$"""
            public bool TryWrite(global::System.Span<byte> destination, out int written)
            {
                int size = {{size}};
                written = 0;
                if (destination.Length < size)
                {
                    return false;
                }

                var writer = new global::ChainExec.Ethereum.Abi.Generated.AbiSpanWriter(destination.Slice(0, size));
                Write(ref writer);
                writer.ExpectFull();
                written = size;
                return true;
            }

            """);
        code.Open("private void Write(ref global::ChainExec.Ethereum.Abi.Generated.AbiSpanWriter writer)");
        if (HasSelector)
        {
            code.Write("writer.AppendSelector(Selector);");
        }

        code.Write($"writer.AppendHeads({ValueCode.Text(_slots)});");
        foreach (string line in ValueCode.WriteAll(fields, "", ValueCode.Text(Start), namesArguments: true))
        {
            code.Write(line);
        }

        code.Close();
    }

    private void EncoderException() =>
        code.Write("/// <exception cref=\"global::ChainExec.Ethereum.Abi.AbiException\">A value does not fit its type.</exception>");

    private void EmitDecoder(IReadOnlyList<FieldModel> fields)
    {
        code.Space();
        code.Write($$"""
            /// <summary>
            /// Reads call data that is exactly what <see cref="Encode"/> gives for its arguments: a second encoding of the same arguments
            /// is refused, because what is checked must be all that is signed.
            /// </summary>
            public static bool TryDecode({{Bytes}} callData, out {{_typeName}} value) => TryRead(callData, out value, out _);

            /// <summary>Reads like <see cref="TryDecode"/>.</summary>
            /// <exception cref="global::ChainExec.Ethereum.Abi.AbiException">The data is something else; it names the byte.</exception>
            public static {{_typeName}} Decode({{Bytes}} callData) =>
                TryRead(callData, out {{_typeName}} value, out {{Failure}} failure) ? value : throw failure.ToException();

            """);
        code.Open($"private static bool TryRead({Bytes} callData, out {_typeName} value, out {Failure} failure)");
        code.Write($$"""
            value = default;
            if (!Matches(callData))
            {
                failure = {{Failure}}.OtherSelector(CanonicalSignature);
                return false;
            }

            var reader = new global::ChainExec.Ethereum.Abi.Generated.AbiSpanReader(callData, {{ValueCode.Text(SelectorSize)}});
            reader.TakeArguments({{ValueCode.Text(_slots)}});
            """);
        code.Write(_isDynamic ? "reader.ExpectEncodable();" : $"reader.ExpectEnd({ValueCode.Text(_slots)});");
        code.Write($"var read = new {_typeName}{Documents.List(ValueCode.ReadAll(fields, "reader", "0"))};");
        if (_isDynamic)
        {
            code.Open("if (reader.IsValid)");
            code.Write("reader.ExpectCanonical(read.Encode());");
            code.Close();
            code.Space();
        }

        ResultEmitter.EmitVerdict(code);
        code.Close();
    }
}
