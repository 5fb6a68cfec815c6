using System.CommandLine;
using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec abi</c>.</summary>
internal static class AbiCommands
{
    public static Command Create() => new("abi", "Encodes and decodes by the Solidity ABI specification; offline.")
    {
        CreateEncode(), CreateDecode(), CreateSelector(), CreateEvent(),
    };

    private static Command CreateEncode()
    {
        Option<string[]> types = Types();
        var values = new Option<string[]>("--values")
        {
            Description = "One value for each type: arrays, tuples and true or false as JSON, everything else as it is. Integers in "
                + "decimal digits or in hexadecimal digits after 0x.",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.ZeroOrMore,
        };
        return OfflineCommand.Create(
            "encode", """Encodes values, as the arguments of a call without its selector: {"types","values"} to {"data"}.""",
            AbiTools.Encode, OfflineArgument.RequestOnly, [types, values], secret: false, (result, _, request) =>
            {
                string[] typeTexts = result.GetValue(types) ?? [];
                WriteTexts(request, "types", result, types);
                if (result.GetResult(values) is null)
                    return;
                request.WriteStartArray("values");
                foreach ((int index, string value) in (result.GetValue(values) ?? []).Index())
                    WriteValue(request, index < typeTexts.Length ? typeTexts[index] : "", value);
                request.WriteEndArray();
            });
    }

    private static Command CreateDecode()
    {
        Option<string[]> types = Types();
        return OfflineCommand.Create(
            "decode", """Decodes bytes strictly: {"types","data"} to {"values"}.""",
            AbiTools.Decode, OfflineArgument.Or("data", "The bytes, in hexadecimal digits after 0x"), [types], secret: false,
            (result, data, request) =>
            {
                WriteTexts(request, "types", result, types);
                OfflineArgument.Write(request, "data", data);
            });
    }

    private static Command CreateSelector() => OfflineCommand.Create(
        "selector",
        """The first four bytes of the hash of a function's or an error's canonical signature: {"signature"} to {"selector"}.""",
        AbiTools.Selector,
        OfflineArgument.Or("signature", "Such as 'transfer(address to, uint256 amount)' or 'error Broke(uint256)'"), [], secret: false,
        (_, signature, request) => OfflineArgument.Write(request, "signature", signature));

    private static Command CreateEvent()
    {
        var declaration = new Option<string?>("--event")
        {
            Description = "Such as 'event Transfer(address indexed from, address indexed to, uint256 value)'; 'anonymous' may follow.",
        };
        var topics = new Option<string[]>("--topics")
        {
            Description = "The log's topics, each in 64 hexadecimal digits after 0x.",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.ZeroOrMore,
        };
        return OfflineCommand.Create(
            "event", """Decodes a log strictly: {"event","topics","data"} to {"name","args"}, the arguments in the order of the """
            + """declaration. An indexed argument of a dynamic, array or tuple type is {"hash"}: its value is not in the log.""",
            AbiTools.Event, OfflineArgument.Or("data", "The log's data, in hexadecimal digits after 0x"), [declaration, topics],
            secret: false, (result, data, request) =>
            {
                OfflineArgument.Write(request, "event", result.GetValue(declaration));
                WriteTexts(request, "topics", result, topics);
                OfflineArgument.Write(request, "data", data);
            });
    }

    private static Option<string[]> Types() => new("--types")
    {
        Description = "ABI types, such as address 'uint256[]' '(bytes32 id, bool paid)'.",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.ZeroOrMore,
    };

    // An option that is not there is a field that is missing; there may be none of something, but that is said by its empty option.
    private static void WriteTexts(Utf8JsonWriter request, string name, ParseResult result, Option<string[]> option)
    {
        if (result.GetResult(option) is null)
            return;
        request.WriteStartArray(name);
        foreach (string text in result.GetValue(option) ?? [])
            request.WriteStringValue(text);
        request.WriteEndArray();
    }

    // A string stands for itself, even if it looks like JSON; which values are written as JSON is up to their type.
    private static void WriteValue(Utf8JsonWriter request, string type, string value)
    {
        if (type.EndsWith(']') || type.EndsWith(')') || type == "bool")
            OfflineArgument.WriteJson(request, value);
        else
            request.WriteStringValue(value);
    }
}
