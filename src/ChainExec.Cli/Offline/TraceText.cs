using System.Globalization;
using System.Text;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Cli.Offline;

/// <summary><c>trace show</c>: the frames of a transaction as a person reads them, with the call that each log is of.</summary>
internal sealed class TraceText
{
    // A person reads no more; a transaction may have 300,000 frames.
    private const int LinesMax = 5_000;
    private const int IndentMax = 40;
    private const int WordsMax = 240;

    // Chains add theirs up to 0x100, P-256.
    private static readonly Address PrecompileMin = Address.FromBytes([.. new byte[19], 0x01]);
    private static readonly Address PrecompileMax = Address.FromBytes([.. new byte[18], 0x01, 0x00]);

    private readonly RpcReceipt _receipt;
    private readonly CallTrace _trace;
    private readonly Dictionary<int, string> _namesOfFrames = [];
    private readonly Dictionary<int, string> _namesOfLogs = [];
    private readonly ILookup<int, int> _logsOfFrames;
    private readonly StringBuilder _text = new();
    private int _lines;

    private TraceText(RpcReceipt receipt, TransactionAttribution found, CallTrace trace)
    {
        (_receipt, _trace) = (receipt, trace);
        _logsOfFrames = trace.Logs.ToLookup(log => log.CallIndex, log => log.Index);
        foreach ((AttributedOperation operation, int at) in found.Operations.Select((operation, at) => (operation, at)))
        {
            _namesOfFrames[operation.FrameIndex] = $"operation {at}";
            foreach (AttributedCall call in operation.Calls)
                Name(call, $"{at}.{call.Index}");
        }
    }

    /// <summary><c>{"receipt","trace"}</c> to <c>{"text"}</c>.</summary>
    public static OfflineTool Show(BatchTable table) => (request, answer) =>
    {
        (RpcReceipt receipt, TransactionAttribution found) = TraceTools.Read(request, table);
        answer.WriteString("text", found.Trace is { } trace
            ? new TraceText(receipt, found, trace).Write(found)
            : $"No log is attributed: {found.Reason}.");
    };

    private void Name(AttributedCall call, string name)
    {
        if (call.Reached)
            _namesOfFrames[call.FrameIndex] = $"call {name}";
        foreach (int log in call.Logs)
            _namesOfLogs[log] = $"of call {name}";
    }

    private string Write(TransactionAttribution found)
    {
        Line(0, $"transaction {_receipt.TransactionHash} {Ended(_receipt.Status)}, {_receipt.GasUsed} gas");
        foreach ((AttributedOperation operation, int at) in found.Operations.Select((operation, at) => (operation, at)))
        {
            string hash = operation.UserOpHash is { } known ? $", user operation {known}" : "";
            Line(0, $"operation {at}: {TraceTools.NameOf(operation.Kind)} of {operation.Account} {Ended(operation.Success)}{hash}");
            foreach (AttributedCall call in operation.Calls)
            {
                string ended = call.Reached ? Ended(call.Success) : "not reached";
                string logs = call.Logs.Count == 0
                    ? ""
                    : $", logs {string.Join(' ', call.Logs.Select(log => _receipt.Logs[log].LogIndex))}";
                Line(1, $"call {at}.{call.Index}: {call.To} {Called(call.To, call.IsCreation, call.Data)}{Sent(call.Value)} {ended}{logs}");
            }
        }

        foreach (TracedCall call in _trace.Calls)
            WriteFrame(call);
        if (_lines > LinesMax)
            _text.Append(CultureInfo.InvariantCulture, $"and {_lines - LinesMax} lines more\n");
        return _text.ToString().TrimEnd('\n');
    }

    private void WriteFrame(TracedCall call)
    {
        CallFrame frame = call.Frame;
        string name = _namesOfFrames.TryGetValue(call.Index, out string? known) ? $" <- {known}" : "";
        string failed = frame.Error is { } error
            ? $" !{Words(frame.RevertReason is { } reason ? $"{error}: {reason}" : error)}"
            : call.Undone ? " !undone" : "";
        bool creation = frame.Type is CallFrameType.Create or CallFrameType.Create2;
        Line(call.Depth, $"{frame.Type.ToString().ToUpperInvariant()} {frame.To} {Called(frame.To, creation, frame.Input)}"
            + $"{Sent(frame.Value ?? UInt256.Zero)}{failed}{name}");
        foreach (int log in _logsOfFrames[call.Index])
        {
            string owner = _namesOfLogs.GetValueOrDefault(log, "overhead");
            Line(call.Depth + 1, $"log {_receipt.Logs[log].LogIndex} {_receipt.Logs[log].Address} {Emitted(_receipt.Logs[log])} {owner}");
        }
    }

    private void Line(int depth, string line)
    {
        if (_lines++ < LinesMax)
            _text.Append(' ', 2 * Math.Min(depth, IndentMax)).Append(line).Append('\n');
    }

    private static string Ended(bool success) => success ? "succeeded" : "failed";

    private static string Sent(UInt256 value) => value.IsZero ? "" : $" with {value} wei";

    private static string Called(Address? to, bool creation, ReadOnlyMemory<byte> data)
    {
        if (creation)
            return "creation";
        if (to is { } target && PrecompileMin <= target && target <= PrecompileMax)
            return "precompile";
        if (data.Length < sizeof(uint))
            return "no function";
        if (KnownDeclarations.Function(data.Span) is not { } function)
            return Hex.Encode(data.Span[..sizeof(uint)]);
        if (function.Inputs.Any(input => input.Type.IsDynamic))
            return function.Name;
        try
        {
            return Listed(function.Name, function.Inputs, function.DecodeCall(data.Span));
        }
        catch (AbiException)
        {
            return $"{function.Name}(malformed)";
        }
    }

    private static string Emitted(RpcLog log)
    {
        if (log.Topics.Count == 0)
            return "anonymous";
        if (KnownDeclarations.Event(log.Topics[0]) is not { } known)
            return log.Topics[0].ToString();
        try
        {
            return Listed(known.Name, known.Inputs, known.Decode(log.Topics, log.Data.Span));
        }
        catch (AbiException)
        {
            return $"{known.Name}(malformed)";
        }
    }

    private static string Listed(string name, IReadOnlyList<AbiParameter> inputs, object[] values) => Words(
        $"{name}({string.Join(", ", inputs.Zip(values, (input, value) => $"{input.Name} {Text(value)}"))})");

    private static string Text(object value) => value switch
    {
        byte[] bytes => Hex.Encode(bytes),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    // What contracts and nodes say could steer a terminal.
    private static string Words(string text)
    {
        string cut = text.Length > WordsMax ? text[..WordsMax] + "…" : text;
        return string.Concat(cut.Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter));
    }
}
