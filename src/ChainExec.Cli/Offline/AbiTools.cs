using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Cli.Offline;

/// <summary><c>abi encode</c>, <c>decode</c>, <c>selector</c> and <c>event</c>.</summary>
internal static class AbiTools
{
    private static readonly ParsedTexts<AbiType> Types = new(AbiType.Parse);
    private static readonly ParsedTexts<AbiEvent> Events = new(AbiEvent.Parse);
    private static readonly ParsedTexts<byte[]> Selectors = new(SelectorOf);

    /// <summary><c>{"types":[…],"values":[…]}</c> to <c>{"data"}</c>.</summary>
    public static void Encode(JsonElement request, Utf8JsonWriter answer)
    {
        Request fields = Request.Open(request, "types", "values");
        AbiType[] types = fields.List("types", ReadType);
        object[] values = fields.Required("values", list => ReadValues(types, list));
        try
        {
            JsonHex.Write(answer, "data", AbiEncoder.Encode(types, values));
        }
        catch (AbiException exception)
        {
            throw OfflineException.Value(exception.Message).In("values");
        }
    }

    /// <summary><c>{"types":[…],"data"}</c> to <c>{"values"}</c>.</summary>
    public static void Decode(JsonElement request, Utf8JsonWriter answer)
    {
        Request fields = Request.Open(request, "types", "data");
        AbiType[] types = fields.List("types", ReadType);
        byte[] data = fields.Required("data", JsonValue.Bytes);
        object[] values = Decoded(() => AbiDecoder.Decode(types, data));
        answer.WriteStartArray("values");
        for (int i = 0; i < values.Length; i++)
            AbiValueWriter.Write(answer, types[i], values[i]);
        answer.WriteEndArray();
    }

    /// <summary><c>{"signature"}</c> of a function or error to <c>{"selector"}</c>.</summary>
    public static void Selector(JsonElement request, Utf8JsonWriter answer) => JsonHex.Write(
        answer, "selector", Request.Open(request, "signature").Required("signature", text => Parsed(Selectors, JsonValue.Text(text))));

    /// <summary><c>{"event","topics":[…],"data"}</c> to <c>{"name","args"}</c>.</summary>
    public static void Event(JsonElement request, Utf8JsonWriter answer)
    {
        Request fields = Request.Open(request, "event", "topics", "data");
        AbiEvent declared = fields.Required("event", text => Parsed(Events, JsonValue.Text(text)));
        Hash32[] topics = fields.List("topics", JsonValue.Hash);
        byte[] data = fields.Required("data", JsonValue.Bytes);
        object[] values = Decoded(() => declared.Decode(topics, data));
        answer.WriteString("name", declared.Name);
        answer.WriteStartArray("args");
        for (int i = 0; i < values.Length; i++)
            WriteArgument(answer, declared.Inputs[i], values[i]);
        answer.WriteEndArray();
    }

    /// <summary>The type that a text of a request names.</summary>
    public static AbiType ReadType(JsonElement element) => Parsed(Types, JsonValue.Text(element));

    private static object[] ReadValues(AbiType[] types, JsonElement list)
    {
        if (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() != types.Length)
            throw OfflineException.Value($"{types.Length} values are needed, there are {list.GetArrayLength()}");
        int next = 0;
        return JsonValue.List(list, item => AbiValueReader.Read(types[next++], item));
    }

    // The value of an indexed dynamic type is not in the log, only its hash is.
    private static void WriteArgument(Utf8JsonWriter answer, AbiParameter input, object value)
    {
        if (value is not Hash32 hash)
        {
            AbiValueWriter.Write(answer, input.Type, value);
            return;
        }

        answer.WriteStartObject();
        answer.WriteString("hash", hash.ToString());
        answer.WriteEndObject();
    }

    private static byte[] SelectorOf(string declaration)
    {
        // An error may also be written without its keyword: the selector is that of a function of its name.
        bool isError = declaration.AsSpan().TrimStart().StartsWith("error ");
        if (isError)
            return AbiError.Parse(declaration).Selector.ToArray();

        // Without the keyword these words declare what has no selector; with it they are a function's name.
        AbiFunction function = AbiFunction.Parse(declaration);
        return function.Name is "constructor" or "fallback" or "receive" && !declaration.AsSpan().TrimStart().StartsWith("function")
            ? throw new OfflineException(OfflineException.InvalidType, $"a {function.Name} has no selector")
            : function.Selector.ToArray();
    }

    private static T Parsed<T>(ParsedTexts<T> texts, string text)
        where T : class
    {
        try
        {
            return texts.Get(text);
        }
        catch (AbiException exception)
        {
            throw new OfflineException(OfflineException.InvalidType, exception.Message);
        }
    }

    private static object[] Decoded(Func<object[]> decode)
    {
        try
        {
            return decode();
        }
        catch (AbiException exception)
        {
            throw new OfflineException(OfflineException.InvalidData, exception.Message).In("data");
        }
    }
}
