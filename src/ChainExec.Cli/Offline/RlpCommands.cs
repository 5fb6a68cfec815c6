using System.CommandLine;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec rlp</c>.</summary>
internal static class RlpCommands
{
    public static Command Create() => new("rlp", "Encodes and decodes RLP; offline.") { CreateEncode(), CreateDecode() };

    private static Command CreateEncode() => OfflineCommand.Create(
        "encode", """Encodes bytes or nested arrays of bytes, each in hexadecimal digits after 0x: {"value"} to {"data"}.""",
        RlpTools.Encode, OfflineArgument.Or("value", """Such as 0x646f67 or '["0x01",["0x"]]'"""), [], secret: false,
        (_, value, request) =>
        {
            if (value?.TrimStart().StartsWith('[') == true)
                OfflineArgument.WriteJson(request, "value", value);
            else
                OfflineArgument.Write(request, "value", value);
        });

    private static Command CreateDecode() => OfflineCommand.Create(
        "decode", """Decodes one item, canonical and with nothing behind it: {"data"} to {"value"}.""",
        RlpTools.Decode, OfflineArgument.Or("data", "The bytes, in hexadecimal digits after 0x"), [], secret: false,
        (_, data, request) => OfflineArgument.Write(request, "data", data));
}
