using System.Reflection;

namespace ChainExec.Ethereum.Generators.Tests.Generated;

/// <summary>A type that the compiler made of an ABI, called through delegates, since spans cannot be boxed.</summary>
internal sealed class GeneratedType(Type type)
{
    private delegate bool BytesDecoder<T>(ReadOnlySpan<byte> data, out T value);

    private delegate bool LogDecoder<T>(ReadOnlySpan<Hash32> topics, ReadOnlySpan<byte> data, out T value);

    /// <summary>The types of a contract whose names end so, in order.</summary>
    public static IEnumerable<GeneratedType> Of(Type contract, string suffix) => contract.GetNestedTypes()
        .Where(type => type.Name.EndsWith(suffix, StringComparison.Ordinal))
        .OrderBy(type => type.MetadataToken)
        .Select(type => new GeneratedType(type));

    public string Name => type.Name;

    public string Signature => (string)type.GetField("CanonicalSignature")!.GetRawConstantValue()!;

    public bool HasResult => type.GetMethod("TryDecodeResult") is not null;

    /// <summary>What <c>TryDecode</c> reads of bytes, or null when it refuses.</summary>
    public object? Decode(byte[] data) => DecodeBytes("TryDecode", data);

    /// <summary>What <c>TryDecodeResult</c> reads of bytes, or null when it refuses.</summary>
    public object? DecodeResult(byte[] data) => DecodeBytes("TryDecodeResult", data);

    /// <summary>What <c>TryDecode</c> reads of a log, or null when it refuses.</summary>
    public object? Decode(Hash32[] topics, byte[] data) => typeof(GeneratedType)
        .GetMethod(nameof(CallLog), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
        .Invoke(null, [type.GetMethod("TryDecode"), topics, data]);

    /// <summary>The bytes that a value encodes itself to.</summary>
    public byte[] Encode(object value) => (byte[])type.GetMethod("Encode")!.Invoke(value, [])!;

    private object? DecodeBytes(string method, byte[] data)
    {
        MethodInfo decoder = type.GetMethod(method)!;
        Type read = decoder.GetParameters()[1].ParameterType.GetElementType()!;
        return typeof(GeneratedType).GetMethod(nameof(CallBytes), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(read)
            .Invoke(null, [decoder, data]);
    }

    private static object? CallBytes<T>(MethodInfo method, byte[] data) =>
        method.CreateDelegate<BytesDecoder<T>>()(data, out T value) ? value : null;

    private static object? CallLog<T>(MethodInfo method, Hash32[] topics, byte[] data) =>
        method.CreateDelegate<LogDecoder<T>>()(topics, data, out T value) ? value : null;
}
