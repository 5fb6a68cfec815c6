using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>A parameter of a function, event or error, or a component of a tuple.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name; empty when the declaration gives none.</param>
/// <param name="Indexed">True for an event parameter that is stored as a topic.</param>
public sealed record AbiParameter(AbiType Type, string Name, bool Indexed)
{
    /// <summary>The most parameters that a list may have.</summary>
    public const int CountMax = 256;

    private const int NameMax = 1024;

    /// <summary>
    /// The declaration, such as <c>address indexed from</c> or <c>(address target, bytes data)[] calls</c>. A name that could not be read
    /// again, since it is a word like <c>memory</c>, is left out.
    /// </summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        AppendTo(text);
        return text.ToString();
    }

    /// <summary>The parameters as declared, in parentheses.</summary>
    internal static string ListOf(IReadOnlyList<AbiParameter> parameters)
    {
        var text = new StringBuilder();
        AppendList(text, parameters);
        return text.ToString();
    }

    internal static bool IsIdentifierCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '$';

    /// <summary>True for a name as Solidity allows it: no digit in front, only ASCII letters, digits, <c>_</c> and <c>$</c>.</summary>
    internal static bool IsIdentifier(string name) =>
        name.Length is > 0 and <= NameMax && !char.IsAsciiDigit(name[0]) && name.All(IsIdentifierCharacter);

    /// <summary>True for the words of Solidity that stand between a type and a name, so that none of them can be the name.</summary>
    internal static bool IsModifier(string word) => word is "indexed" or "memory" or "calldata" or "storage" or "payable";

    private static void AppendList(StringBuilder text, IReadOnlyList<AbiParameter> parameters)
    {
        text.Append('(');
        for (int i = 0; i < parameters.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            parameters[i].AppendTo(text);
        }

        text.Append(')');
    }

    private static void AppendType(StringBuilder text, AbiType type)
    {
        if (type.Element is { } element)
        {
            AppendType(text, element);
            text.Append('[').Append(type.FixedLength).Append(']');
        }
        else if (type.Kind == AbiKind.Tuple)
        {
            AppendList(text, type.Components);
        }
        else
        {
            text.Append(type.Canonical);
        }
    }

    private void AppendTo(StringBuilder text)
    {
        AppendType(text, Type);
        text.Append(Indexed ? " indexed" : "");
        if (Name.Length > 0 && !IsModifier(Name))
        {
            text.Append(' ').Append(Name);
        }
    }
}
