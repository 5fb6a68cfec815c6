using System.Runtime.InteropServices;
using System.Text.Json;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Cli.Offline;

/// <summary><c>trace attribute</c>.</summary>
internal static class TraceTools
{
    /// <summary>
    /// <c>{"receipt","trace"}</c>, as eth_getTransactionReceipt and debug_traceTransaction answer them, to
    /// <c>{"operations","overhead_logs","unattributed_logs"}</c>. Logs are named by their index in the block, as the receipt has it.
    /// </summary>
    public static OfflineTool Attribute(BatchTable table) => (request, answer) =>
    {
        (RpcReceipt receipt, TransactionAttribution found) = Read(request, table);
        answer.WriteStartArray("operations");
        foreach (AttributedOperation operation in found.Operations)
            WriteOperation(answer, receipt, operation);
        answer.WriteEndArray();
        WriteLogs(answer, "overhead_logs", receipt, found.OverheadLogs);
        WriteLogs(answer, "unattributed_logs", receipt, found.UnattributedLogs);
    };

    /// <summary>The receipt of a request, and what its trace says of it.</summary>
    /// <exception cref="OfflineException">One of them is malformed.</exception>
    public static (RpcReceipt Receipt, TransactionAttribution Found) Read(JsonElement request, BatchTable table)
    {
        Request fields = Request.Open(request, "receipt", "trace");
        RpcReceipt receipt = fields.Required("receipt", element => Parsed(element, RpcDocument.Receipt));
        CallFrame trace = fields.Required("trace", element => Parsed(element, RpcDocument.Trace));
        for (int i = 1; i < receipt.Logs.Count; i++)
        {
            if (receipt.Logs[i].LogIndex <= receipt.Logs[i - 1].LogIndex)
                throw OfflineException.Value("the receipt's log indexes do not increase").In("receipt");
        }

        try
        {
            return (receipt, TransactionAttribution.Of(receipt, trace, table));
        }
        catch (AttributionException exception)
        {
            throw OfflineException.Value(exception.Message).In("trace");
        }
    }

    /// <summary>The name of a kind in answers.</summary>
    public static string NameOf(OperationKind kind) => kind switch
    {
        OperationKind.Direct => "direct",
        OperationKind.Erc4337 => "erc4337",
        OperationKind.Safe => "safe",
        OperationKind.Multicall3 => "multicall3",
        OperationKind.Eip7702 => "eip7702",
        _ => throw new InvalidOperationException($"{kind} has no name."),
    };

    private static void WriteOperation(Utf8JsonWriter answer, RpcReceipt receipt, AttributedOperation operation)
    {
        answer.WriteStartObject();
        answer.WriteString("kind", NameOf(operation.Kind));
        answer.WriteString("account", operation.Account.ToString());
        answer.WriteString("user_op_hash", operation.UserOpHash?.ToString());
        answer.WriteBoolean("success", operation.Success);
        WriteNumbers(answer, "frame", operation.Frame);
        answer.WriteStartArray("calls");
        foreach (AttributedCall call in operation.Calls)
        {
            answer.WriteStartObject();
            answer.WriteNumber("index", call.Index);
            answer.WriteString("to", call.To?.ToString());
            answer.WriteString("value", call.Value.ToString());
            JsonHex.Write(answer, "selector", call.Selector.Span);
            answer.WriteBoolean("success", call.Success);
            WriteNumbers(answer, "frame", call.Frame);
            WriteLogs(answer, "logs", receipt, call.Logs);
            answer.WriteEndObject();
        }

        answer.WriteEndArray();
        answer.WriteEndObject();
    }

    private static void WriteLogs(Utf8JsonWriter answer, string name, RpcReceipt receipt, IReadOnlyList<int> logs)
    {
        answer.WriteStartArray(name);
        foreach (int log in logs)
            answer.WriteNumberValue(receipt.Logs[log].LogIndex);
        answer.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter answer, string name, IReadOnlyList<int> numbers)
    {
        answer.WriteStartArray(name);
        foreach (int number in numbers)
            answer.WriteNumberValue(number);
        answer.WriteEndArray();
    }

    private delegate T DocumentReader<T>(ReadOnlySpan<byte> utf8);

    private static T Parsed<T>(JsonElement element, DocumentReader<T> read)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw OfflineException.Request($"an object is needed, not {JsonValue.KindOf(element)}");
        try
        {
            return read(JsonMarshal.GetRawUtf8Value(element));
        }
        catch (RpcFormatException exception)
        {
            throw OfflineException.Value(exception.Message);
        }
    }
}
