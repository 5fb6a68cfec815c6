using System.Globalization;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Reads types, parameter lists and the words of declarations in Solidity's notation. Recursion is bounded by <see cref="AbiType.DepthMax"/>.
/// </summary>
internal ref struct AbiTextParser
{
    private const int TextMax = 64 * 1024;
    private readonly string _text;
    private readonly AbiStructs? _structs;
    private int _position;
    private int _depth;

    /// <summary>Reads <paramref name="text"/>; a type may also be one of <paramref name="structs"/>.</summary>
    internal AbiTextParser(string text, AbiStructs? structs = null)
    {
        if (text.Length > TextMax)
        {
            throw new AbiException($"A declaration is longer than {TextMax} characters", 0);
        }

        _text = text;
        _structs = structs;
    }

    /// <summary>Nothing but space may follow.</summary>
    internal void ExpectEnd()
    {
        SkipSpace();
        if (_position < _text.Length)
        {
            throw Unexpected("the end");
        }
    }

    /// <summary>Nothing but space and a semicolon may follow.</summary>
    internal void ExpectDeclarationEnd()
    {
        TryTake(';');
        ExpectEnd();
    }

    /// <summary>Reads the name of a declaration, after its keyword when that is written.</summary>
    internal string ReadDeclaredName(string keyword)
    {
        int start = _position;
        string first = ReadWord();
        string name = first;
        if (first == keyword && !NextIs('('))
        {
            start = _position;
            name = ReadWord();
        }

        // "function", "event" and "struct" are reserved words of Solidity, "error" is not.
        return AbiParameter.IsIdentifier(name) && name is not ("function" or "event" or "struct")
            ? name
            : throw new AbiException($"A name was expected after '{keyword}'", start);
    }

    /// <summary>Reads a word of letters, digits, underscores and dollar signs; empty when there is none.</summary>
    internal string ReadWord()
    {
        SkipSpace();
        int start = _position;
        while (_position < _text.Length && AbiParameter.IsIdentifierCharacter(_text[_position]))
        {
            _position++;
        }

        return _text[start.._position];
    }

    /// <summary>Reads a list in parentheses.</summary>
    internal IReadOnlyList<AbiParameter> ReadParameters(AbiParameterPlace place)
    {
        Expect('(');
        var parameters = new List<AbiParameter>();
        if (TryTake(')'))
        {
            return parameters;
        }

        do
        {
            if (parameters.Count == AbiParameter.CountMax)
            {
                throw new AbiException($"There are more than {AbiParameter.CountMax} parameters", _position);
            }

            parameters.Add(ReadParameter(place));
        }
        while (TryTake(','));

        Expect(')');
        return parameters;
    }

    /// <summary>Reads the members of a struct in braces, each ended by a semicolon.</summary>
    internal IReadOnlyList<AbiParameter> ReadMembers()
    {
        Expect('{');
        var members = new List<AbiParameter>();
        while (!TryTake('}'))
        {
            if (members.Count == AbiParameter.CountMax)
            {
                throw new AbiException($"There are more than {AbiParameter.CountMax} members", _position);
            }

            members.Add(ReadParameter(AbiParameterPlace.Component));
            Expect(';');
        }

        return members;
    }

    /// <summary>Reads a type with its array brackets.</summary>
    internal AbiType ReadType()
    {
        SkipSpace();
        int start = _position;
        string name = ReadWord();
        AbiType type = NextIs('(') && name is "" or "tuple"
            ? ReadTuple(start)
            : AbiType.Elementary(name) ?? _structs?.Find(name) ?? throw new AbiException("A type was expected", start);
        return ReadBrackets(type, start);
    }

    /// <summary>Reads the array brackets that may follow <paramref name="element"/>.</summary>
    internal AbiType ReadBrackets(AbiType element, int start)
    {
        AbiType type = element;
        while (TryTake('['))
        {
            int? length = NextIs(']') ? null : ReadLength();
            Expect(']');
            type = AbiType.ArrayOf(type, length, out string? error) ?? throw new AbiException(error!, start);
        }

        return type;
    }

    internal readonly AbiException Unexpected(string expected) => new($"Expected {expected}", _position);

    // Plain digits without a leading zero: one type has one spelling.
    private int ReadLength()
    {
        int start = _position;
        string digits = ReadWord();
        bool plain = digits.Length is >= 1 and <= 7
            && !digits.AsSpan().ContainsAnyExceptInRange('0', '9')
            && (digits[0] != '0' || digits == "0");
        return plain
            ? int.Parse(digits, CultureInfo.InvariantCulture)
            : throw new AbiException("An array length was expected", start);
    }

    private AbiType ReadTuple(int start)
    {
        if (++_depth > AbiType.DepthMax)
        {
            throw new AbiException($"Types are nested deeper than {AbiType.DepthMax}", start);
        }

        IReadOnlyList<AbiParameter> components = ReadParameters(AbiParameterPlace.Component);
        _depth--;
        return AbiType.TupleOf(components, out string? error) ?? throw new AbiException(error!, start);
    }

    private AbiParameter ReadParameter(AbiParameterPlace place)
    {
        AbiType type = ReadType();
        int start = _position;
        string word = ReadWord();
        if (word == "payable" && type.Kind == AbiKind.Address)
        {
            word = ReadWord();
        }

        bool indexed = place == AbiParameterPlace.Event && word == "indexed";
        bool located = place == AbiParameterPlace.Function && word is "memory" or "calldata" or "storage";
        if (indexed || located)
        {
            word = ReadWord();
        }

        return word.Length == 0 || (AbiParameter.IsIdentifier(word) && !AbiParameter.IsModifier(word))
            ? new AbiParameter(type, word, indexed)
            : throw new AbiException($"'{word}' cannot follow the type of a parameter here", start);
    }

    private bool NextIs(char character)
    {
        SkipSpace();
        return _position < _text.Length && _text[_position] == character;
    }

    private bool TryTake(char character)
    {
        bool next = NextIs(character);
        _position += next ? 1 : 0;
        return next;
    }

    private void Expect(char character)
    {
        if (!TryTake(character))
        {
            throw Unexpected($"'{character}'");
        }
    }

    private void SkipSpace()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }
    }
}
