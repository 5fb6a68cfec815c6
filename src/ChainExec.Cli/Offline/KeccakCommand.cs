using System.CommandLine;
using System.Text;
using ChainExec.Ethereum;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec keccak</c>.</summary>
internal static class KeccakCommand
{
    public static Command Create()
    {
        var text = new Option<string?>("--text") { Description = "Hash this text in UTF-8 instead of bytes." };
        return OfflineCommand.Create(
            "keccak", """The Keccak-256 hash of bytes; offline: {"data"} to {"hash"}.""",
            KeccakTool.Hash, OfflineArgument.Or("data", "The bytes, in hexadecimal digits after 0x"), [text], secret: false,
            (result, data, request) =>
            {
                if (result.GetValue(text) is not { } given)
                    OfflineArgument.Write(request, "data", data);
                else if (data is null)
                    request.WriteString("data", Hex.Encode(Encoding.UTF8.GetBytes(given)));
                else
                    throw new CliException("Give the bytes or --text, not both.", CliException.Usage);
            });
    }
}
