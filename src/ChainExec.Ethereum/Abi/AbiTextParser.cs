using System.Globalization;

namespace ChainExec.Ethereum.Abi;

/// <summary>
/// Reads types, parameter lists and whole declarations in Solidity's notation. Recursion is bounded by <see cref="AbiType.DepthMax"/>.
/// </summary>
internal ref struct AbiTextParser
{
    private const int ParametersMax = 256;
    private const int TextMax = 64 * 1024;
    private readonly string _text;
    private int _position;
    private int _depth;

    internal AbiTextParser(string text)
    {
        if (text.Length > TextMax)
        {
            throw new AbiException($"A declaration is longer than {TextMax} characters", 0);
        }

        _text = text;
    }

    internal void ExpectEnd()
    {
        SkipSpace();
        if (_position < _text.Length && _text[_position] == ';')
        {
            _position++;
            SkipSpace();
        }

        if (_position < _text.Length)
        {
            throw Unexpected("the end");
        }
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

        // "function" and "event" are reserved words of Solidity, "error" is not.
        return name.Length > 0 && !char.IsAsciiDigit(name[0]) && name is not ("function" or "event")
            ? name
            : throw new AbiException($"A name was expected after '{keyword}'", start);
    }

    /// <summary>Reads a word of letters, digits, underscores and dollar signs; empty when there is none.</summary>
    internal string ReadWord()
    {
        SkipSpace();
        int start = _position;
        while (_position < _text.Length && (char.IsAsciiLetterOrDigit(_text[_position]) || _text[_position] is '_' or '$'))
        {
            _position++;
        }

        return _text[start.._position];
    }

    internal IReadOnlyList<AbiParameter> ReadParameters()
    {
        Expect('(');
        var parameters = new List<AbiParameter>();
        if (TryTake(')'))
        {
            return parameters;
        }

        do
        {
            if (parameters.Count == ParametersMax)
            {
                throw new AbiException($"There are more than {ParametersMax} parameters", _position);
            }

            parameters.Add(ReadParameter());
        }
        while (TryTake(','));

        Expect(')');
        return parameters;
    }

    internal AbiType ReadType()
    {
        SkipSpace();
        int start = _position;
        string name = ReadWord();
        AbiType type = NextIs('(') && name is "" or "tuple"
            ? ReadTuple(start)
            : AbiType.Elementary(name) ?? throw new AbiException("A type was expected", start);

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

        IReadOnlyList<AbiParameter> components = ReadParameters();
        _depth--;
        return AbiType.TupleOf(components, out string? error) ?? throw new AbiException(error!, start);
    }

    private AbiParameter ReadParameter()
    {
        AbiType type = ReadType();
        bool indexed = false;
        string word = ReadWord();
        while (word is "indexed" or "memory" or "calldata" or "storage" or "payable")
        {
            indexed |= word == "indexed";
            word = ReadWord();
        }

        return new AbiParameter(type, word, indexed);
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
