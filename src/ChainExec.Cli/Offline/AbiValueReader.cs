using System.Text.Json;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Cli.Offline;

/// <summary>Values of ABI types as requests write them.</summary>
internal static class AbiValueReader
{
    /// <summary>
    /// What the encoder takes for a value of the type. Integers as <see cref="JsonValue"/> takes them (fixed-point ones scaled), arrays
    /// and tuples as JSON arrays, a tuple whose components all have names also as an object of exactly those names.
    /// </summary>
    public static object Read(AbiType type, JsonElement element) => type.Kind switch
    {
        AbiKind.UnsignedInteger or AbiKind.UnsignedFixed => JsonValue.Unsigned(element),
        AbiKind.SignedInteger or AbiKind.SignedFixed => JsonValue.Integer(element),
        AbiKind.Address => JsonValue.Address(element),
        AbiKind.Bool => JsonValue.Flag(element),
        AbiKind.FixedBytes or AbiKind.Function => JsonValue.Bytes(element, type.ByteCount),
        AbiKind.Bytes => JsonValue.Bytes(element),
        AbiKind.Text => element.ValueKind == JsonValueKind.String
            ? element.GetString()!
            : throw OfflineException.Value($"a string is written as a text, not as {JsonValue.KindOf(element)}"),
        AbiKind.Array => ReadArray(type, element),
        AbiKind.Tuple when element.ValueKind == JsonValueKind.Object => ReadNamed(type, element),
        AbiKind.Tuple => ReadSequence(type, element, type.Components.Count),
        _ => throw new InvalidOperationException($"{type} is of a kind that is not known here."),
    };

    private static object[] ReadArray(AbiType type, JsonElement element) => type.FixedLength is { } length
        ? ReadSequence(type, element, length)
        : JsonValue.List(element, item => Read(type.Element!, item));

    private static object[] ReadSequence(AbiType type, JsonElement element, int count)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw OfflineException.Value($"an array is needed, not {JsonValue.KindOf(element)}");
        if (element.GetArrayLength() != count)
            throw OfflineException.Value($"{count} items are needed, there are {element.GetArrayLength()}");
        int next = 0;
        return JsonValue.List(element, item => Read(type.Element ?? type.Components[next++].Type, item));
    }

    private static object[] ReadNamed(AbiType type, JsonElement element)
    {
        string[] names = [.. type.Components.Select(component => component.Name)];
        if (names.Any(name => name.Length == 0) || names.Distinct(StringComparer.Ordinal).Count() != names.Length)
            throw OfflineException.Value("an object needs a type whose components all have names of their own; write an array");
        Request fields = Request.Open(element, names);
        return [.. type.Components.Select(component => fields.Required(component.Name, value => Read(component.Type, value)))];
    }
}
