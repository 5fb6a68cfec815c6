using System.Text;

namespace ChainExec.Ethereum.Generators.Emit;

/// <summary>Lines of C# at their depth. Line ends are always the same, so the output is, whatever machine it is made on.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _code = new();
    private int _depth;

    /// <summary>Writes lines, each at the present depth; an empty one stays empty.</summary>
    public void Write(string lines)
    {
        foreach (string line in lines.Replace("\r\n", "\n").Split('\n'))
        {
            if (line.Length > 0)
            {
                _code.Append(' ', 4 * _depth).Append(line);
            }

            _code.Append('\n');
        }
    }

    /// <summary>Writes an empty line.</summary>
    public void Space() => _code.Append('\n');

    /// <summary>Opens a block behind a line.</summary>
    public void Open(string line)
    {
        Write(line);
        Write("{");
        _depth++;
    }

    /// <summary>Closes a block, with what stands behind it.</summary>
    public void Close(string end = "")
    {
        _depth--;
        Write("}" + end);
    }

    /// <summary>What was written.</summary>
    public override string ToString() => _code.ToString();
}
