using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Abi.Generated;

namespace ChainExec.Ethereum.Generators.Tests.Generated;

/// <summary>Random values for the dynamic encoder, and one text for a value of the dynamic decoder or of a generated type.</summary>
internal static class Plain
{
    /// <summary>A value of the type, often at an edge of it.</summary>
    public static object Value(AbiType type, Random random) => type.Kind switch
    {
        AbiKind.UnsignedInteger or AbiKind.UnsignedFixed => UInt256.FromBigInteger(Number(type.Bits, random)),
        AbiKind.SignedInteger or AbiKind.SignedFixed => Number(type.Bits, random) - (BigInteger.One << (type.Bits - 1)),
        AbiKind.Address => Address.FromBytes(Bytes(20, random)),
        AbiKind.Bool => random.Next(2) == 1,
        AbiKind.FixedBytes or AbiKind.Function => Bytes(type.ByteCount, random),
        AbiKind.Bytes => Bytes(random.Next(70), random),
        AbiKind.Text => new string('é', random.Next(40)),
        AbiKind.Array => Items(type.FixedLength ?? random.Next(4), _ => type.Element!, random),
        _ => Items(type.Components.Count, index => type.Components[index].Type, random),
    };

    /// <summary>The value in words.</summary>
    public static string Describe(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        bool or Address or UInt256 or Int256 or BigInteger or byte or ushort or uint or ulong or sbyte or short or int or long =>
            Convert.ToString(value, CultureInfo.InvariantCulture)!,
        Hash32 hash => hash.ToString(),
        FixedBytes bytes => bytes.ToString(),
        byte[] bytes => Hex.Encode(bytes),
        ReadOnlyMemory<byte> bytes => Hex.Encode(bytes.Span),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object>().Select(Describe))}]",
        _ => Describe(Fields(value)),
    };

    /// <summary>The fields of a generated record, in order.</summary>
    public static IEnumerable<object?> Fields(object record) => record.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.GetIndexParameters().Length == 0)
        .OrderBy(property => property.MetadataToken)
        .Select(property => property.GetValue(record));

    public static byte[] Bytes(int count, Random random)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static BigInteger Number(int bits, Random random) => random.Next(4) switch
    {
        0 => 0,
        1 => (BigInteger.One << bits) - 1,
        2 => BigInteger.One << (bits - 1),
        _ => new BigInteger(Bytes(bits / 8, random), isUnsigned: true),
    };

    private static object[] Items(int count, Func<int, AbiType> type, Random random) =>
        [.. Enumerable.Range(0, count).Select(index => Value(type(index), random))];
}
