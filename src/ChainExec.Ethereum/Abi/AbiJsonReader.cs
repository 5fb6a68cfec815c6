using System.Text.Json;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Reads a JSON ABI token by token, without reflection. Members that the specification does not know are skipped; a known one that is given
/// twice, missing or of another kind is refused. Recursion is bounded by <see cref="AbiType.DepthMax"/>.
/// </summary>
internal ref struct AbiJsonReader
{
    // Artifacts hold syntax trees beside the ABI; they are skipped without recursion, so their depth costs nothing.
    private const int JsonDepthMax = 1024;

    private Utf8JsonReader _json;

    internal AbiJsonReader(ReadOnlySpan<byte> utf8Json)
    {
        if (utf8Json.Length > AbiContract.JsonSizeMax)
        {
            throw TooLarge();
        }

        _json = new Utf8JsonReader(utf8Json, new JsonReaderOptions { MaxDepth = JsonDepthMax });
    }

    private readonly int Position => (int)_json.TokenStartIndex;

    internal static AbiException TooLarge() => new($"The JSON is larger than {AbiContract.JsonSizeMax} bytes", AbiContract.JsonSizeMax);

    internal AbiContract Read()
    {
        Next();
        AbiContract? contract = null;
        if (_json.TokenType == JsonTokenType.StartObject)
        {
            while (NextMember())
            {
                if (!_json.ValueTextEquals("abi"u8))
                {
                    SkipValue();
                    continue;
                }

                Once(contract is null, "abi");
                Next();
                contract = ReadEntries();
            }
        }
        else
        {
            contract = ReadEntries();
        }

        // What follows the value is refused by the reader.
        TryNext();
        return contract ?? throw new AbiException("An object has no member 'abi'", 0);
    }

    private AbiContract ReadEntries()
    {
        var parts = new AbiContractParts();
        Expect(JsonTokenType.StartArray, "abi");
        for (int i = 0; NextItem(); i++)
        {
            int start = Position;
            try
            {
                ReadEntry().AddTo(parts, start);
            }
            catch (AbiException exception)
            {
                throw exception.Within($"abi[{i}]");
            }
        }

        return new AbiContract(parts);
    }

    private AbiJsonEntry ReadEntry()
    {
        var entry = new AbiJsonEntry();
        Expect(JsonTokenType.StartObject, "entry");
        while (NextMember())
        {
            if (_json.ValueTextEquals("type"u8))
            {
                entry.Type = ReadText("type", entry.Type);
            }
            else if (_json.ValueTextEquals("name"u8))
            {
                entry.Name = ReadText("name", entry.Name);
            }
            else if (_json.ValueTextEquals("inputs"u8))
            {
                entry.Inputs = ReadParameters("inputs", entry.Inputs, 0);
            }
            else if (_json.ValueTextEquals("outputs"u8))
            {
                entry.Outputs = ReadParameters("outputs", entry.Outputs, 0);
            }
            else if (_json.ValueTextEquals("stateMutability"u8))
            {
                entry.StateMutability = ReadText("stateMutability", entry.StateMutability);
            }
            else if (_json.ValueTextEquals("anonymous"u8))
            {
                entry.Anonymous = ReadFlag("anonymous", entry.Anonymous);
            }
            else if (_json.ValueTextEquals("constant"u8))
            {
                entry.Constant = ReadFlag("constant", entry.Constant);
            }
            else if (_json.ValueTextEquals("payable"u8))
            {
                entry.Payable = ReadFlag("payable", entry.Payable);
            }
            else
            {
                SkipValue();
            }
        }

        return entry;
    }

    private List<AbiParameter> ReadParameters(string member, List<AbiParameter>? before, int depth)
    {
        Once(before is null, member);
        Next();
        Expect(JsonTokenType.StartArray, member);
        if (depth > AbiType.DepthMax)
        {
            throw new AbiException($"Types are nested deeper than {AbiType.DepthMax}", Position);
        }

        var parameters = new List<AbiParameter>();
        while (NextItem())
        {
            if (parameters.Count == AbiParameter.CountMax)
            {
                throw new AbiException($"{member} has more than {AbiParameter.CountMax} items", Position);
            }

            try
            {
                parameters.Add(ReadParameter(depth));
            }
            catch (AbiException exception)
            {
                throw exception.Within($"{member}[{parameters.Count}]");
            }
        }

        return parameters;
    }

    private AbiParameter ReadParameter(int depth)
    {
        int start = Position;
        int typeAt = start;
        string? type = null;
        string? name = null;
        bool? indexed = null;
        List<AbiParameter>? components = null;
        Expect(JsonTokenType.StartObject, "parameter");
        while (NextMember())
        {
            if (_json.ValueTextEquals("type"u8))
            {
                type = ReadText("type", type);
                typeAt = Position;
            }
            else if (_json.ValueTextEquals("name"u8))
            {
                name = ReadText("name", name);
            }
            else if (_json.ValueTextEquals("indexed"u8))
            {
                indexed = ReadFlag("indexed", indexed);
            }
            else if (_json.ValueTextEquals("components"u8))
            {
                components = ReadParameters("components", components, depth + 1);
            }
            else
            {
                SkipValue();
            }
        }

        if (name is { Length: > 0 } && !AbiParameter.IsIdentifier(name))
        {
            throw new AbiException("It is no identifier", start).Within("name");
        }

        AbiType read = AbiJsonEntry.TypeOf(type ?? throw new AbiException("It is missing", start).Within("type"), components, typeAt);
        if (indexed == true && depth > 0)
        {
            throw new AbiException("Only parameters of events can be indexed", start);
        }

        return new AbiParameter(read, name ?? "", indexed == true);
    }

    private string ReadText(string member, string? before)
    {
        Once(before is null, member);
        Next();
        Expect(JsonTokenType.String, member);
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new AbiException("It is no Unicode text", Position).Within(member);
        }
    }

    private bool ReadFlag(string member, bool? before)
    {
        Once(before is null, member);
        Next();
        return _json.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw new AbiException("It is neither true nor false", Position).Within(member),
        };
    }

    private readonly void Once(bool isFirst, string member)
    {
        if (!isFirst)
        {
            throw new AbiException("It is given twice", Position).Within(member);
        }
    }

    private readonly void Expect(JsonTokenType token, string what)
    {
        if (_json.TokenType != token)
        {
            string kind = token switch { JsonTokenType.StartArray => "array", JsonTokenType.StartObject => "object", _ => "string" };
            throw new AbiException($"The {what} is no {kind}", Position);
        }
    }

    private bool NextMember()
    {
        Next();
        if (_json.TokenType != JsonTokenType.PropertyName)
        {
            return false;
        }

        if (_json.ValueIsEscaped)
        {
            CheckName();
        }

        return true;
    }

    // Names are compared by their bytes, and the comparison fails in the manner of a defect when an escape stands for no character.
    private readonly void CheckName()
    {
        try
        {
            _json.GetString();
        }
        catch (InvalidOperationException)
        {
            throw new AbiException("A name is no Unicode text", Position);
        }
    }

    private bool NextItem()
    {
        Next();
        return _json.TokenType != JsonTokenType.EndArray;
    }

    private void SkipValue()
    {
        try
        {
            _json.Skip();
        }
        catch (JsonException)
        {
            throw NoJson();
        }
    }

    private void Next()
    {
        if (!TryNext())
        {
            throw NoJson();
        }
    }

    private bool TryNext()
    {
        try
        {
            return _json.Read();
        }
        catch (JsonException)
        {
            throw NoJson();
        }
    }

    private readonly AbiException NoJson() => new("The text is no JSON here", (int)_json.BytesConsumed);
}
