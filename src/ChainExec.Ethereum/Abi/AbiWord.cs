using System.Buffers.Binary;
using System.Numerics;

namespace ChainExec.Ethereum.Abi;

/// <summary>Elementary static values in their 32-byte word, both ways.</summary>
internal static class AbiWord
{
    /// <summary>Bytes of a word.</summary>
    internal const int Size = 32;

    /// <summary>True for the types whose bytes stand at the start of the word and are padded behind.</summary>
    internal static bool IsLeftAligned(AbiType type) => type.Kind is AbiKind.FixedBytes or AbiKind.Function;

    /// <summary>The bytes of a word that a value of the type uses.</summary>
    internal static int SizeOf(AbiType type) => type.Kind switch
    {
        AbiKind.Address => Address.Size,
        AbiKind.Bool => 1,
        AbiKind.FixedBytes or AbiKind.Function => type.ByteCount,
        _ => type.Bits / 8,
    };

    /// <summary>Bytes of memory that a value of the type takes at most, its box included; booleans share theirs.</summary>
    internal static int MemoryOf(AbiType type) => type.Kind switch
    {
        AbiKind.Bool => 0,
        AbiKind.SignedInteger or AbiKind.SignedFixed => 96,
        AbiKind.FixedBytes or AbiKind.Function => AbiDecoder.ObjectSize + type.ByteCount + 7,
        _ => 48,
    };

    /// <summary>True for the words 0 and 1.</summary>
    internal static bool IsBool(ReadOnlySpan<byte> word) => word[Size - 1] <= 1 && !word[..(Size - 1)].ContainsAnyExcept((byte)0);

    /// <summary>Writes the value into a word of zeros; answers what is wrong, or null.</summary>
    internal static string? TryWrite(AbiType type, object? value, Span<byte> word)
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

    /// <summary>
    /// Reads the value of a word. Strictly it answers null and what is wrong when padding is dirty; leniently only the type's own bytes count.
    /// </summary>
    internal static object? TryRead(AbiType type, ReadOnlySpan<byte> word, bool isLenient, out string? error)
    {
        error = isLenient || IsClean(type, word) ? null : $"A word is no {type}: its padding is dirty";
        if (error is not null)
        {
            return null;
        }

        ReadOnlySpan<byte> used = IsLeftAligned(type) ? word[..SizeOf(type)] : word[^SizeOf(type)..];
        return type.Kind switch
        {
            AbiKind.Address => Address.FromBytes(used),
            AbiKind.Bool => word.ContainsAnyExcept((byte)0),
            AbiKind.UnsignedInteger or AbiKind.UnsignedFixed => UInt256.ReadBigEndian(used),
            AbiKind.SignedInteger or AbiKind.SignedFixed => new BigInteger(used, isUnsigned: false, isBigEndian: true),
            _ => used.ToArray(),
        };
    }

    /// <summary>The name of a value's kind for error messages, never the value itself.</summary>
    internal static string KindOf(object? value) => value?.GetType().Name ?? "null";

    private static bool IsClean(AbiType type, ReadOnlySpan<byte> word)
    {
        int size = SizeOf(type);
        return type.Kind switch
        {
            AbiKind.Bool => IsBool(word),
            AbiKind.SignedInteger or AbiKind.SignedFixed =>
                !word[..^size].ContainsAnyExcept(word[^size] >= 0x80 ? (byte)0xFF : (byte)0),
            AbiKind.FixedBytes or AbiKind.Function => !word[size..].ContainsAnyExcept((byte)0),
            _ => !word[..^size].ContainsAnyExcept((byte)0),
        };
    }

    private static string? TryWriteInteger(AbiType type, object? value, Span<byte> word) => value switch
    {
        BigInteger number => TryWriteBigInteger(type, number, word),
        UInt256 number => TryWriteBigInteger(type, number.ToBigInteger(), word),
        int number => TryWriteInt64(type, number, word),
        uint number => TryWriteInt64(type, number, word),
        long number => TryWriteInt64(type, number, word),
        ulong number => TryWriteBigInteger(type, number, word),
        byte number => TryWriteInt64(type, number, word),
        sbyte number => TryWriteInt64(type, number, word),
        short number => TryWriteInt64(type, number, word),
        ushort number => TryWriteInt64(type, number, word),
        _ => $"'{KindOf(value)}' does not fit {type}",
    };

    private static string? TryWriteInt64(AbiType type, long number, Span<byte> word)
    {
        int magnitudeBits = 64 - BitOperations.LeadingZeroCount((ulong)(number < 0 ? ~number : number));
        if (!Fits(type, number < 0, magnitudeBits))
        {
            return $"A number is outside {type}";
        }

        if (number < 0)
        {
            word[..(Size - sizeof(long))].Fill(0xFF);
        }

        BinaryPrimitives.WriteInt64BigEndian(word[(Size - sizeof(long))..], number);
        return null;
    }

    private static string? TryWriteBigInteger(AbiType type, BigInteger number, Span<byte> word)
    {
        // GetBitLength does not count the sign bit: 7 for 127 and for -128.
        if (!Fits(type, number.Sign < 0, number.GetBitLength()))
        {
            return $"A number is outside {type}";
        }

        if (number.Sign < 0)
        {
            word.Fill(0xFF);
        }

        bool isUnsigned = type.Kind is AbiKind.UnsignedInteger or AbiKind.UnsignedFixed;
        int written = number.GetByteCount(isUnsigned);
        number.TryWriteBytes(word[(Size - written)..], out _, isUnsigned, isBigEndian: true);
        return null;
    }

    private static bool Fits(AbiType type, bool isNegative, long magnitudeBits) =>
        type.Kind is AbiKind.SignedInteger or AbiKind.SignedFixed
            ? magnitudeBits < type.Bits
            : !isNegative && magnitudeBits <= type.Bits;

    private static string? TryWriteBytes(AbiType type, ReadOnlySpan<byte> bytes, Span<byte> word)
    {
        if (bytes.Length != type.ByteCount)
        {
            return $"{type} needs {type.ByteCount} bytes, {bytes.Length} were given";
        }

        bytes.CopyTo(word);
        return null;
    }
}
