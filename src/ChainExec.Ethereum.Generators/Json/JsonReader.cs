using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace ChainExec.Ethereum.Generators.Json;

/// <summary>
/// Reads JSON (RFC 8259) and remembers where everything is. Our own, because a generator can bring no library into the compiler and
/// because a defect must be shown at its column. Nothing beyond the standard: no comments, no trailing commas, no name twice.
/// </summary>
internal sealed class JsonReader
{
    /// <summary>The longest file accepted, in characters.</summary>
    public const int LengthMax = 4 * 1024 * 1024;

    private const int DepthMax = 128;

    private readonly string _text;
    private int _position;
    private int _depth;

    private JsonReader(string text) => _text = text;

    /// <summary>Reads the one value that a file holds.</summary>
    /// <exception cref="AbiDefectException">The file is not JSON.</exception>
    public static JsonNode Read(string text)
    {
        if (text.Length > LengthMax)
        {
            throw new AbiDefectException(AbiRules.TooLarge, default, $"The file is longer than {LengthMax} characters");
        }

        var reader = new JsonReader(text);
        JsonNode root = reader.ReadValue();
        reader.SkipSpace();
        return reader._position == text.Length ? root : throw reader.Expected("the end of the file");
    }

    private char Next => _position < _text.Length ? _text[_position] : '\0';

    private JsonNode ReadValue()
    {
        SkipSpace();
        switch (Next)
        {
            case '{':
                return ReadNested(JsonKind.Object, '}');
            case '[':
                return ReadNested(JsonKind.Array, ']');
            case '"':
                int start = _position;
                string content = ReadString();
                return new JsonNode(JsonKind.Text, TextSpan.FromBounds(start, _position), content);
            case 't':
                return ReadWord("true", JsonKind.True);
            case 'f':
                return ReadWord("false", JsonKind.False);
            case 'n':
                return ReadWord("null", JsonKind.Null);
            default:
                return ReadNumber();
        }
    }

    private JsonNode ReadNested(JsonKind kind, char end)
    {
        int start = _position++;
        if (++_depth > DepthMax)
        {
            throw new AbiDefectException(AbiRules.TooLarge, new TextSpan(start, 1), $"JSON is nested deeper than {DepthMax}");
        }

        var items = new List<JsonNode>();
        var names = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (!TryTake(end))
        {
            if (items.Count > 0 && !TryTake(','))
            {
                throw Expected($"',' or '{end}'");
            }

            if (kind == JsonKind.Object)
            {
                names.Add(ReadName(seen));
            }

            items.Add(ReadValue());
        }

        _depth--;
        return new JsonNode(kind, TextSpan.FromBounds(start, _position), "", items, names);
    }

    private string ReadName(HashSet<string> seen)
    {
        SkipSpace();
        int start = _position;
        if (Next != '"')
        {
            throw Expected("a name in quotes");
        }

        string name = ReadString();
        if (!seen.Add(name))
        {
            throw new AbiDefectException(AbiRules.NotJson, TextSpan.FromBounds(start, _position), $"The name '{name}' is given twice");
        }

        return TryTake(':') ? name : throw Expected("':'");
    }

    private string ReadString()
    {
        _position++;
        StringBuilder? unescaped = null;
        int start = _position;
        while (Next != '"')
        {
            if (Next < ' ')
            {
                throw Expected("the end of the string");
            }

            if (Next != '\\')
            {
                _position++;
                continue;
            }

            unescaped ??= new StringBuilder();
            unescaped.Append(_text, start, _position - start).Append(ReadEscape());
            start = _position;
        }

        string rest = _text.Substring(start, _position++ - start);
        return unescaped is null ? rest : unescaped.Append(rest).ToString();
    }

    private char ReadEscape()
    {
        _position++;
        char escaped = Next;
        int index = "\"\\/bfnrt".IndexOf(escaped);
        if (escaped != 'u' && (index < 0 || escaped == '\0'))
        {
            throw Expected("an escape of JSON");
        }

        _position++;
        if (escaped != 'u')
        {
            return "\"\\/\b\f\n\r\t"[index];
        }

        string digits = _text.Substring(_position, Math.Min(4, _text.Length - _position));
        if (digits.Length < 4
            || !ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
        {
            throw Expected("four hexadecimal digits");
        }

        _position += 4;
        return (char)unit;
    }

    private JsonNode ReadWord(string word, JsonKind kind)
    {
        if (string.CompareOrdinal(_text, _position, word, 0, word.Length) != 0)
        {
            throw Expected("a value");
        }

        _position += word.Length;
        return new JsonNode(kind, TextSpan.FromBounds(_position - word.Length, _position));
    }

    private JsonNode ReadNumber()
    {
        int start = _position;
        Take('-');
        if (!Take('0') && !TakeDigits())
        {
            throw Expected("a value");
        }

        if (Take('.') && !TakeDigits())
        {
            throw Expected("a digit");
        }

        if (Take('e') || Take('E'))
        {
            _ = Take('+') || Take('-');
            if (!TakeDigits())
            {
                throw Expected("a digit");
            }
        }

        return new JsonNode(JsonKind.Number, TextSpan.FromBounds(start, _position));
    }

    private bool TakeDigits()
    {
        int start = _position;
        while (Next is >= '0' and <= '9')
        {
            _position++;
        }

        return _position > start;
    }

    private bool TryTake(char character)
    {
        SkipSpace();
        return Take(character);
    }

    private bool Take(char character)
    {
        bool isNext = _position < _text.Length && _text[_position] == character;
        _position += isNext ? 1 : 0;
        return isNext;
    }

    private void SkipSpace()
    {
        while (Next is ' ' or '\t' or '\n' or '\r')
        {
            _position++;
        }
    }

    private AbiDefectException Expected(string what) =>
        new(AbiRules.NotJson, new TextSpan(_position, _position < _text.Length ? 1 : 0), $"Expected {what}");
}
