using System.Globalization;
using System.Text;

namespace ChainExec.Ethereum.Crypto;

/// <summary>A way from the master key of a BIP-32 tree down to one key, such as <c>m/44'/60'/0'/0/0</c>.</summary>
public sealed class Bip32Path
{
    /// <summary>The deepest way, which BIP-32 counts in one byte.</summary>
    public const int DepthMax = 255;

    /// <summary>Added to a hardened index: from such a child's key nobody can reckon back to its parent.</summary>
    public const uint Hardened = 0x80000000;

    private readonly uint[] _indices;

    private Bip32Path(uint[] indices) => _indices = indices;

    /// <summary>The first account of Ethereum wallets (BIP-44, coin type 60): <c>m/44'/60'/0'/0/0</c>.</summary>
    public static Bip32Path EthereumFirst { get; } = Parse("m/44'/60'/0'/0/0");

    /// <summary>The child's index at each level, hardened ones with <see cref="Hardened"/> added; empty for the master key.</summary>
    public IReadOnlyList<uint> Indices => _indices;

    /// <summary>
    /// Reads <c>m</c> and for each level a slash, an index from 0 to 2^31 - 1 in digits without leading zeros, and for a hardened one
    /// <c>'</c>, <c>h</c> or <c>H</c>. No spaces, no slash at the end.
    /// </summary>
    /// <exception cref="Bip32Exception">The text is of another form or names more than <see cref="DepthMax"/> levels.</exception>
    public static Bip32Path Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0 || text[0] != 'm')
        {
            throw new Bip32Exception("A path starts with m", 0);
        }

        var indices = new List<uint>();
        int at = 1;
        while (at < text.Length)
        {
            if (text[at] != '/')
            {
                throw new Bip32Exception("Expected a slash or the end", at);
            }

            if (indices.Count == DepthMax)
            {
                throw new Bip32Exception($"A path has at most {DepthMax} levels", at);
            }

            at++;
            indices.Add(ReadIndex(text, ref at));
        }

        return new Bip32Path([.. indices]);
    }

    /// <summary>The canonical text, hardened levels marked by an apostrophe.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("m");
        foreach (uint index in _indices)
        {
            text.Append(CultureInfo.InvariantCulture, $"/{index & ~Hardened}{((index & Hardened) != 0 ? "'" : "")}");
        }

        return text.ToString();
    }

    private static uint ReadIndex(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        ReadOnlySpan<char> digits = text.AsSpan(start, at - start);
        bool plain = digits.Length is >= 1 and <= 10 && (digits[0] != '0' || digits.Length == 1);
        if (!plain || !uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out uint index) || index >= Hardened)
        {
            throw new Bip32Exception("An index from 0 to 2147483647 without leading zeros was expected", start);
        }

        if (at < text.Length && text[at] is '\'' or 'h' or 'H')
        {
            at++;
            return index | Hardened;
        }

        return index;
    }
}
