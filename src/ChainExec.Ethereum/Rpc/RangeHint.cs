using System.Globalization;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Finds in a provider's refusal of a block range the range that it says it serves. Texts change without notice, so none is trusted: only
/// a range smaller than the refused one is taken, and a number of results is no range.
/// </summary>
internal static class RangeHint
{
    private static readonly string[] NotBlocks = ["result", "log", "byte", "mb", "second", "item", "event", "response"];

    /// <summary>The number of blocks named that is smaller than <paramref name="refused"/>, or null.</summary>
    internal static int? In(string message, int refused)
    {
        int? best = null;
        int previousHex = -1;
        ulong previousValue = 0;
        for (int i = 0; i < message.Length; i++)
        {
            if (!char.IsAsciiDigit(message[i]) || (i > 0 && char.IsAsciiLetterOrDigit(message[i - 1])))
            {
                continue;
            }

            int end;
            if (message.AsSpan(i).StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            {
                end = i + 2;
                while (end < message.Length && char.IsAsciiHexDigit(message[end]))
                {
                    end++;
                }

                if (ulong.TryParse(message.AsSpan(i + 2, end - i - 2), NumberStyles.AllowHexSpecifier, null, out ulong value))
                {
                    // Two heights side by side, "[0x1, 0xff]", are a range that the provider proposes.
                    if (previousHex >= 0 && i - previousHex <= 3 && value >= previousValue)
                    {
                        best = Better(best, value - previousValue + 1, refused);
                    }

                    (previousHex, previousValue) = (end, value);
                }
            }
            else
            {
                end = ReadDecimal(message, i, out ulong value);
                if (end < message.Length && char.IsAsciiLetterOrDigit(message[end]))
                {
                    // Digits within a word, such as an id.
                    continue;
                }

                if (!message.AsSpan(end).TrimStart().StartsWithAny(NotBlocks))
                {
                    best = Better(best, value, refused);
                }
            }

            i = end - 1;
        }

        return best;
    }

    // The largest that is smaller than what was refused: the refused numbers themselves often stand in the text too.
    private static int? Better(int? best, ulong value, int refused) =>
        value >= 1 && value < (ulong)refused && value > (ulong)(best ?? 0) ? (int)value : best;

    // Digits with thousands separators, "10,000", and the abbreviations "2K" and "10k".
    private static int ReadDecimal(string message, int start, out ulong value)
    {
        value = 0;
        int at = start;
        while (at < message.Length && (char.IsAsciiDigit(message[at]) || IsSeparator(message, at)))
        {
            if (message[at] != ',')
            {
                value = Math.Min(value * 10 + (ulong)(message[at] - '0'), int.MaxValue);
            }

            at++;
        }

        if (at < message.Length && message[at] is 'k' or 'K' && (at + 1 == message.Length || !char.IsAsciiLetterOrDigit(message[at + 1])))
        {
            value *= 1000;
            at++;
        }

        return at;
    }

    private static bool IsSeparator(string message, int at) =>
        message[at] == ',' && at + 3 < message.Length && message.AsSpan(at + 1, 3).IndexOfAnyExceptInRange('0', '9') < 0;

    private static bool StartsWithAny(this ReadOnlySpan<char> text, string[] words)
    {
        foreach (string word in words)
        {
            if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
