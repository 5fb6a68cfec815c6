using System.Text;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>A string literal of a source file: where it begins, and its text with interpolation holes and delimiters blanked.</summary>
internal sealed record StringLiteral(int Line, string Text);

/// <summary>
/// A C# source text split into what is code and what is text, so that a rule about code is not fooled by a comment and a rule about SQL
/// is not fooled by a name. Lines keep their numbers.
/// </summary>
internal sealed class CSharpText
{
    private readonly string _source;
    private readonly char[] _code;
    private readonly List<StringLiteral> _literals = [];
    private int _at;

    private CSharpText(string source)
    {
        _source = source;
        _code = source.Select(character => character == '\n' ? '\n' : ' ').ToArray();
    }

    /// <summary>The source with comments, strings and character literals replaced by spaces.</summary>
    public string Code => new(_code);

    /// <summary>Every string literal in the order in which it begins.</summary>
    public IReadOnlyList<StringLiteral> Literals => _literals;

    public static CSharpText Read(string source)
    {
        CSharpText text = new(source);
        text.ReadCode(closingBraces: 0);
        return text;
    }

    // Reads code until the end, or past the braces that close an interpolation hole.
    private void ReadCode(int closingBraces)
    {
        int depth = 0;
        while (_at < _source.Length)
        {
            if (StartsWith("//"))
                Skip(EndOfLine());
            else if (StartsWith("/*"))
                Skip(IndexAfter("*/"));
            else if (_source[_at] == '\'')
                SkipCharacter();
            else if (TryReadString())
                continue;
            else if (closingBraces > 0 && depth == 0 && StartsWith(new string('}', closingBraces)))
            {
                _at += closingBraces;
                return;
            }
            else
            {
                depth += _source[_at] switch { '{' => 1, '}' => -1, _ => 0 };
                _code[_at] = _source[_at];
                _at++;
            }
        }
    }

    private bool TryReadString()
    {
        int prefix = _at;
        int dollars = 0;
        bool verbatim = false;
        while (prefix < _source.Length && _source[prefix] is '$' or '@')
        {
            dollars += _source[prefix] == '$' ? 1 : 0;
            verbatim |= _source[prefix] == '@';
            prefix++;
        }

        if (prefix >= _source.Length || _source[prefix] != '"')
            return false;

        int line = 1 + _source.AsSpan(0, _at).Count('\n');
        int quotes = prefix;
        while (quotes < _source.Length && _source[quotes] == '"')
            quotes++;
        int count = quotes - prefix;
        _at = count >= 3 && !verbatim ? quotes : prefix + 1;
        int slot = _literals.Count;
        _literals.Add(new StringLiteral(line, ""));
        string text = count >= 3 && !verbatim ? ReadRaw(count, dollars) : ReadPlain(verbatim, dollars > 0);
        _literals[slot] = new StringLiteral(line, text);
        return true;
    }

    private string ReadRaw(int quotes, int dollars)
    {
        string end = new('"', quotes);
        string hole = new('{', Math.Max(dollars, 1));
        var text = new StringBuilder();
        while (_at < _source.Length && !StartsWith(end))
        {
            if (dollars > 0 && StartsWith(hole))
                ReadHole(dollars, text);
            else
                text.Append(_source[_at++]);
        }

        _at += quotes;
        return text.ToString();
    }

    private string ReadPlain(bool verbatim, bool interpolated)
    {
        var text = new StringBuilder();
        while (_at < _source.Length && (_source[_at] != '"' || (verbatim && StartsWith("\"\""))))
        {
            bool pair = verbatim ? StartsWith("\"\"") : _source[_at] == '\\';
            pair |= interpolated && (StartsWith("{{") || StartsWith("}}"));
            if (pair)
                text.Append(_source[_at++]).Append(_source[_at++]);
            else if (interpolated && _source[_at] == '{')
                ReadHole(1, text);
            else
                text.Append(_source[_at++]);
        }

        _at++;
        return text.ToString();
    }

    private void ReadHole(int braces, StringBuilder text)
    {
        int begin = _at;
        _at += braces;
        ReadCode(braces);
        foreach (char character in _source.AsSpan(begin, _at - begin))
            text.Append(character == '\n' ? '\n' : ' ');
    }

    private void SkipCharacter()
    {
        int length = _at + 1 < _source.Length && _source[_at + 1] == '\\' ? 2 : 1;
        Skip(_source.IndexOf('\'', Math.Min(_at + length + 1, _source.Length - 1)) + 1);
    }

    private int EndOfLine()
    {
        int end = _source.IndexOf('\n', _at);
        return end < 0 ? _source.Length : end;
    }

    private int IndexAfter(string end)
    {
        int found = _source.IndexOf(end, _at + 2, StringComparison.Ordinal);
        return found < 0 ? _source.Length : found + end.Length;
    }

    private void Skip(int to) => _at = Math.Clamp(to, _at + 1, _source.Length);

    private bool StartsWith(string text) => _source.AsSpan(_at).StartsWith(text, StringComparison.Ordinal);
}
