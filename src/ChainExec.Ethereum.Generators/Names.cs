using System.Globalization;
using System.Text;

namespace ChainExec.Ethereum.Generators;

/// <summary>How names of Solidity become names of C#.</summary>
internal static class Names
{
    /// <summary>The longest name accepted, in characters: the compiler's own limit is 511, and ours are put together.</summary>
    public const int LengthMax = 128;

    /// <summary>Members that generated types have anyway, or that C# keeps for every record.</summary>
    private static readonly HashSet<string> Reserved =
    [
        "Equals", "GetHashCode", "ToString", "GetType", "MemberwiseClone", "Finalize", "ReferenceEquals", "PrintMembers",
        "Deconstruct", "EqualityContract", "Clone", "CanonicalSignature", "Selector", "SelectorBytes", "EncodedSize", "GetEncodedSize",
        "Encode", "TryWrite", "Write", "Matches", "TryDecode", "Decode", "TryRead", "DecodeResult", "TryDecodeResult", "TryReadResult",
        "Topic0", "Topic0Hex", "AbiCodec",
    ];

    /// <summary>True for an identifier of Solidity: ASCII letters, digits, underscores and dollar signs, no digit first.</summary>
    public static bool IsSolidity(string name) =>
        name.Length > 0 && name[0] is not (>= '0' and <= '9') && name.All(character => IsPlain(character) || character is '_' or '$');

    /// <summary>
    /// The name with each of its words capitalised and joined: <c>balanceOf</c> is <c>BalanceOf</c>, <c>DOMAIN_SEPARATOR</c>
    /// <c>DomainSeparator</c>, <c>_to</c> <c>To</c>, <c>entry-point.v08</c> <c>EntryPointV08</c>. Empty when no letter or digit is in it.
    /// </summary>
    public static string Pascal(string name)
    {
        bool shouts = !name.Any(character => character is >= 'a' and <= 'z');
        var pascal = new StringBuilder(name.Length + 1);
        bool starts = true;
        foreach (char character in name)
        {
            if (!IsPlain(character))
            {
                starts = true;
                continue;
            }

            if (pascal.Length == 0 && character is >= '0' and <= '9')
            {
                pascal.Append('_');
            }

            pascal.Append(starts ? char.ToUpperInvariant(character) : shouts ? char.ToLowerInvariant(character) : character);
            starts = false;
        }

        return pascal.ToString();
    }

    /// <summary>
    /// The properties of a type, one for each parameter: a parameter without a name is <c>Arg0</c> by its place, a name that is taken
    /// gets a number, a name of C#'s or of ours gets an underscore.
    /// </summary>
    public static IReadOnlyList<string> Members(IReadOnlyList<string> parameters, string typeName)
    {
        var members = new List<string>();
        for (int i = 0; i < parameters.Count; i++)
        {
            string name = Pascal(parameters[i]);
            if (name.Length == 0)
            {
                name = "Arg" + i.ToString(CultureInfo.InvariantCulture);
            }

            if (Reserved.Contains(name) || name == typeName)
            {
                name += "_";
            }

            members.Add(Free(name, members));
        }

        return members;
    }

    /// <summary>The name itself, or with the first number from 2 that makes it another than those taken.</summary>
    public static string Free(string name, ICollection<string> taken)
    {
        string free = name;
        for (int i = 2; taken.Contains(free); i++)
        {
            free = name + "_" + i.ToString(CultureInfo.InvariantCulture);
        }

        return free;
    }

    private static bool IsPlain(char character) => character is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9';
}
