using System.Globalization;
using System.Text;
using ChainExec.Ethereum;
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
                string called = TraceNames.Called(call.To, call.IsCreation, call.Data.Span);
                Line(1, $"call {at}.{call.Index}: {call.To} {called}{Sent(call.Value)} {ended}{logs}");
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
            ? $" !{TraceNames.Words(frame.RevertReason is { } reason ? $"{error}: {reason}" : error)}"
            : call.Undone ? " !undone" : "";
        bool creation = frame.Type is CallFrameType.Create or CallFrameType.Create2;
        Line(call.Depth, $"{frame.Type.ToString().ToUpperInvariant()} {frame.To} {TraceNames.Called(frame.To, creation, frame.Input.Span)}"
            + $"{Sent(frame.Value ?? UInt256.Zero)}{failed}{name}");
        foreach (int log in _logsOfFrames[call.Index])
        {
            string owner = _namesOfLogs.GetValueOrDefault(log, "overhead");
            RpcLog emitted = _receipt.Logs[log];
            Line(
                call.Depth + 1,
                $"log {emitted.LogIndex} {emitted.Address} {TraceNames.Emitted(emitted.Topics, emitted.Data.Span)} {owner}");
        }
    }

    private void Line(int depth, string line)
    {
        if (_lines++ < LinesMax)
            _text.Append(' ', 2 * Math.Min(depth, IndentMax)).Append(line).Append('\n');
    }

    private static string Ended(bool success) => success ? "succeeded" : "failed";

    private static string Sent(UInt256 value) => value.IsZero ? "" : $" with {value} wei";
}
