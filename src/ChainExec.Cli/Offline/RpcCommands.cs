using System.CommandLine;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec rpc</c>.</summary>
internal static class RpcCommands
{
    public static Command Create() => new("rpc", "What nodes say; offline.") { CreateClassify() };

    private static Command CreateClassify()
    {
        var code = new Option<int?>("--code") { Description = "The error's code, such as -32000." };
        var data = new Option<string?>("--data") { Description = "The error's data, in hexadecimal digits after 0x." };
        var client = new Option<string?>("--client") { Description = "The node's client, such as geth." };
        return OfflineCommand.Create(
            "classify", """What a node's error means: {"client"?,"code"?,"message","data"?} to {"class","rule"}. The rule is the row of """
            + "the catalogue that matched; what no row matches is unknown.",
            RpcTools.Classify, OfflineArgument.Or("message", "The error's message"), [code, data, client], secret: false,
            (result, message, request) =>
            {
                OfflineArgument.Write(request, "client", result.GetValue(client));
                if (result.GetValue(code) is { } number)
                    request.WriteNumber("code", number);
                OfflineArgument.Write(request, "message", message);
                OfflineArgument.Write(request, "data", result.GetValue(data));
            });
    }
}
