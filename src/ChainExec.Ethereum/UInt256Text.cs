using System.Numerics;
using static ChainExec.Ethereum.UInt256Arithmetic;

namespace ChainExec.Ethereum;

/// <summary>
/// Digits of <see cref="UInt256"/>, nineteen decimal ones at a time because so many fit in a word. One reader serves UTF-16 and UTF-8.
/// </summary>
internal static class UInt256Text
{
    /// <summary>Digits of 2^256-1.</summary>
    internal const int DecimalDigitsMax = 78;

    /// <summary>Characters of 2^256-1 in hexadecimal, with the prefix.</summary>
    internal const int HexCharactersMax = 66;

    private const int ChunkDigits = 19;
    private const ulong Chunk = 10_000_000_000_000_000_000;

    internal static bool TryParse<TChar>(ReadOnlySpan<TChar> text, out UInt256 value)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        if (text.Length >= 2 && Code(text[0]) == '0' && Code(text[1]) == 'x')
        {
            return TryParseHex(text[2..], out value);
        }

        value = default;
        return text.Length > 0 && TryParseDecimal(text, out value);
    }

    /// <summary>Fills the end of <paramref name="buffer"/> and answers that part.</summary>
    internal static ReadOnlySpan<char> FormatDecimal(UInt256 value, Span<char> buffer)
    {
        int at = buffer.Length;
        UInt256 rest = value;
        while ((rest.W3 | rest.W2 | rest.W1) != 0)
        {
            rest = UInt256Division.DivRemWord(rest, Chunk, out ulong chunk);
            for (int i = 0; i < ChunkDigits; i++)
            {
                (chunk, ulong digit) = Math.DivRem(chunk, 10);
                buffer[--at] = (char)('0' + digit);
            }
        }

        ulong first = rest.W0;
        while (first != 0 || at == buffer.Length)
        {
            (first, ulong digit) = Math.DivRem(first, 10);
            buffer[--at] = (char)('0' + digit);
        }

        return buffer[at..];
    }

    /// <summary>Fills the end of <paramref name="buffer"/> and answers that part, which begins with <c>0x</c>.</summary>
    internal static ReadOnlySpan<char> FormatHex(UInt256 value, Span<char> buffer)
    {
        Span<byte> bytes = stackalloc byte[32];
        value.WriteBigEndian(bytes);
        Convert.TryToHexStringLower(bytes, buffer[2..], out _);
        int digits = Math.Max(1, (value.BitLength + 3) / 4);
        Span<char> text = buffer[^(digits + 2)..];
        text[0] = '0';
        text[1] = 'x';
        return text;
    }

    /// <summary>Reads decimal digits only; none of them are 0.</summary>
    internal static bool TryParseDecimal<TChar>(ReadOnlySpan<TChar> text, out UInt256 value)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        value = default;
        ulong w0 = 0, w1 = 0, w2 = 0, w3 = 0;
        while (!text.IsEmpty)
        {
            // Zeros in front cost nothing but time, so a long text of them is read like any other.
            int length = (text.Length - 1) % ChunkDigits + 1;
            ulong chunk = 0;
            ulong scale = 1;
            foreach (TChar character in text[..length])
            {
                uint digit = Code(character) - '0';
                if (digit > 9)
                {
                    return false;
                }

                chunk = chunk * 10 + digit;
                scale *= 10;
            }

            w0 = MultiplyAdd(w0, scale, chunk, 0, out ulong carry);
            w1 = MultiplyAdd(w1, scale, carry, 0, out carry);
            w2 = MultiplyAdd(w2, scale, carry, 0, out carry);
            w3 = MultiplyAdd(w3, scale, carry, 0, out carry);
            if (carry != 0)
            {
                return false;
            }

            text = text[length..];
        }

        value = new UInt256(w3, w2, w1, w0);
        return true;
    }

    private static bool TryParseHex<TChar>(ReadOnlySpan<TChar> digits, out UInt256 value)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        value = default;
        ulong w0 = 0, w1 = 0, w2 = 0, w3 = 0;
        foreach (TChar character in digits)
        {
            uint digit = HexDigit(Code(character));
            if (digit > 15 || w3 >> 60 != 0)
            {
                return false;
            }

            w3 = (w3 << 4) | (w2 >> 60);
            w2 = (w2 << 4) | (w1 >> 60);
            w1 = (w1 << 4) | (w0 >> 60);
            w0 = (w0 << 4) | digit;
        }

        value = new UInt256(w3, w2, w1, w0);
        return !digits.IsEmpty;
    }

    // 16 or more for what is no digit.
    private static uint HexDigit(uint code)
    {
        uint letter = (code | 0x20) - 'a';
        return code - '0' <= 9 ? code - '0' : letter <= 5 ? letter + 10 : 16;
    }

    private static uint Code<TChar>(TChar character)
        where TChar : unmanaged, IBinaryInteger<TChar> => uint.CreateTruncating(character);
}
