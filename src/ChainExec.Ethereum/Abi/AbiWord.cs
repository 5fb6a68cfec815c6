using System.Numerics;

namespace ChainExec.Ethereum.Abi;

/// <summary>Elementary static values in their 32-byte word, both ways.</summary>
internal static class AbiWord
{
    private const int Size = 32;

    /// <summary>Writes the value into a word of zeros; answers what is wrong, or null.</summary>
    internal static string? TryWrite(AbiType type, object value, Span<byte> word)
    {
        switch (type.Kind)
        {
            case AbiKind.Address when value is Address address:
                address.CopyTo(word[(Size - Address.Size)..]);
                return null;
            case AbiKind.Bool when value is bool flag:
                word[Size - 1] = flag ? (byte)1 : (byte)0;
                return null;
            case AbiKind.UnsignedInteger or AbiKind.UnsignedFixed when value is UInt256 number:
                number.WriteBigEndian(word);
                return number.BitLength <= type.Bits ? null : $"A number is outside {type}";
            case AbiKind.UnsignedInteger or AbiKind.UnsignedFixed or AbiKind.SignedInteger or AbiKind.SignedFixed:
                return TryWriteInteger(type, value, word);
            case AbiKind.FixedBytes when value is Hash32 hash && type.ByteCount == Hash32.Size:
                hash.CopyTo(word);
                return null;
            case AbiKind.FixedBytes or AbiKind.Function when value is byte[] bytes:
                return TryWriteBytes(type, bytes, word);
            case AbiKind.FixedBytes or AbiKind.Function when value is ReadOnlyMemory<byte> bytes:
                return TryWriteBytes(type, bytes.Span, word);
            default:
                return $"'{KindOf(value)}' does not fit {type}";
        }
    }

    /// <summary>Reads the value of a word; answers null and what is wrong when padding is dirty or the value is outside the type.</summary>
    internal static object? TryRead(AbiType type, ReadOnlySpan<byte> word, out string? error)
    {
        error = null;
        switch (type.Kind)
        {
            case AbiKind.Address when !word[..(Size - Address.Size)].ContainsAnyExcept((byte)0):
                return Address.FromBytes(word[(Size - Address.Size)..]);
            case AbiKind.Bool when !word[..(Size - 1)].ContainsAnyExcept((byte)0) && word[Size - 1] <= 1:
                return word[Size - 1] == 1;
            case AbiKind.UnsignedInteger or AbiKind.UnsignedFixed when !word[..(Size - type.Bits / 8)].ContainsAnyExcept((byte)0):
                return UInt256.ReadBigEndian(word);
            case AbiKind.SignedInteger or AbiKind.SignedFixed when IsSignExtended(word, type.Bits / 8):
                return new BigInteger(word, isUnsigned: false, isBigEndian: true);
            case AbiKind.FixedBytes or AbiKind.Function when !word[type.ByteCount..].ContainsAnyExcept((byte)0):
                return word[..type.ByteCount].ToArray();
            default:
                error = $"A word is no {type}: its padding is dirty";
                return null;
        }
    }

    /// <summary>The name of a value's kind for error messages, never the value itself.</summary>
    internal static string KindOf(object? value) => value?.GetType().Name ?? "null";

    private static string? TryWriteInteger(AbiType type, object value, Span<byte> word)
    {
        BigInteger? integer = value switch
        {
            BigInteger number => number,
            UInt256 number => number.ToBigInteger(),
            int number => number,
            uint number => number,
            long number => number,
            ulong number => number,
            byte number => number,
            sbyte number => number,
            short number => number,
            ushort number => number,
            _ => null,
        };
        if (integer is null)
        {
            return $"'{KindOf(value)}' does not fit {type}";
        }

        bool isSigned = type.Kind is AbiKind.SignedInteger or AbiKind.SignedFixed;
        BigInteger max = (BigInteger.One << (isSigned ? type.Bits - 1 : type.Bits)) - 1;
        BigInteger min = isSigned ? -max - 1 : BigInteger.Zero;
        if (integer < min || integer > max)
        {
            return $"A number is outside {type}";
        }

        if (integer.Value.Sign < 0)
        {
            word.Fill(0xFF);
        }

        Span<byte> bytes = stackalloc byte[Size + 1];
        integer.Value.TryWriteBytes(bytes, out int written, isUnsigned: !isSigned, isBigEndian: true);
        bytes[..written].CopyTo(word[(Size - written)..]);
        return null;
    }

    private static string? TryWriteBytes(AbiType type, ReadOnlySpan<byte> bytes, Span<byte> word)
    {
        if (bytes.Length != type.ByteCount)
        {
            return $"{type} needs {type.ByteCount} bytes, {bytes.Length} were given";
        }

        bytes.CopyTo(word);
        return null;
    }

    private static bool IsSignExtended(ReadOnlySpan<byte> word, int byteCount)
    {
        byte filler = word[Size - byteCount] >= 0x80 ? (byte)0xFF : (byte)0;
        return !word[..(Size - byteCount)].ContainsAnyExcept(filler);
    }
}
