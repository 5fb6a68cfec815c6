using System.Text.Json;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Cli.Offline;

/// <summary><c>rpc classify</c>.</summary>
internal static class RpcTools
{
    /// <summary><c>{"client"?,"code"?,"message","data"?}</c> to <c>{"class","rule"}</c>.</summary>
    public static void Classify(JsonElement request, Utf8JsonWriter answer)
    {
        Request fields = Request.Open(request, "client", "code", "message", "data");
        int? code = fields.Find("code") is null ? null : fields.Required("code", ReadCode);
        string message = fields.Required("message", JsonValue.Text);
        string? client = fields.Find("client") is null ? null : fields.Required("client", JsonValue.Text);
        byte[] data = fields.Find("data") is { } sent ? RpcErrorData.Read(sent) : [];
        RpcErrorClassification found = RpcErrorClassifier.Classify(client, code, message, data);
        answer.WriteString("class", found.ClassName);
        answer.WriteString("rule", found.Rule);
    }

    private static int ReadCode(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int code)
        ? code
        : throw OfflineException.Value("an error code is a whole JSON number of 32 bits");
}
