using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using ChainExec.Client;

namespace ChainExec.Cli.Api;

/// <summary><c>trace show CHAIN HASH</c>: a transaction as a person reads it.</summary>
internal sealed class TransactionText
{
    private const int IndentMax = 40;

    private readonly TransactionInBlock _transaction;
    private readonly ILookup<int, TransactionLog> _logsOfFrames;
    private readonly Dictionary<int, string> _namesOfFrames = [];
    private readonly StringBuilder _text = new();

    private TransactionText(TransactionInBlock transaction)
    {
        _transaction = transaction;
        _logsOfFrames = transaction.Logs.Where(log => log.Frame is not null).ToLookup(log => log.Frame!.Value);
        foreach (AccountOperation operation in transaction.Operations)
            _namesOfFrames[operation.Frame] = $"operation {operation.Operation}";
        foreach (CallResult call in transaction.Calls.Where(call => call is { Reached: true, Frame: not null }))
            _namesOfFrames[call.Frame!.Value] = $"call {NameOf(call)}";
    }

    public static string Of(TransactionTree tree) =>
        string.Join("\n\n", tree.Blocks.Select(block => new TransactionText(block).Write(tree.Hash)));

    private string Write(string hash)
    {
        Line(0, $"transaction {hash} in block {_transaction.Block.Number} ({_transaction.Status}) {Ended(_transaction.Succeeded)}, "
            + $"{_transaction.GasUsed} gas, {_transaction.Fee} wei");
        Line(0, $"attribution: {Attribution()}");
        foreach (AccountOperation operation in _transaction.Operations)
        {
            string hashed = operation.UserOpHash is { } known ? $", user operation {known}" : "";
            Line(0, $"operation {operation.Operation}: {operation.Kind} of {operation.Account} {Ended(operation.Succeeded)}{hashed}");
        }

        foreach (CallResult call in _transaction.Calls)
            WriteCall(call);
        foreach (TraceFrame frame in _transaction.Frames)
            WriteFrame(frame);
        if (_transaction.FrameCount > _transaction.Frames.Count)
            Line(0, $"and {_transaction.FrameCount - _transaction.Frames.Count} frames more");
        foreach (TransactionLog log in _transaction.Logs.Where(log => log.Frame is null || log.Frame >= _transaction.Frames.Count))
            WriteLog(1, log);
        return _text.ToString().TrimEnd('\n');
    }

    private void WriteCall(CallResult call)
    {
        string ended = call.Operation is null ? "is nowhere in it"
            : !call.Reached ? "was not reached"
            : call.Succeeded ? "succeeded" : $"failed: {call.RevertReason}";
        string meaning = call.Business is { } own ? $" = {own.Call} of {own.Intent}, {own.Type}{Label(own)}" : "";
        Line(1, $"call {NameOf(call)}: {call.To} {call.Function ?? call.Selector}{Sent(call.Value)} {ended}, {call.GasShare} gas, "
            + $"{call.FeeShare} wei{meaning}");
        foreach (CallFinding finding in call.Business?.Findings ?? [])
            Line(2, $"finding {finding.Kind}{Amount(" expected", finding.Expected)}{Amount(" observed", finding.Observed)}");
    }

    private void WriteFrame(TraceFrame frame)
    {
        string name = _namesOfFrames.TryGetValue(frame.Frame, out string? known) ? $" <- {known}" : "";
        string failed = frame.Error is { } error
            ? $" !{(frame.RevertReason is { } reason ? $"{error}: {reason}" : error)}"
            : frame.Undone ? " !undone" : "";
        Line(frame.Depth, $"{frame.Type.ToUpperInvariant()} {frame.To} {frame.Function}{Sent(frame.Value ?? 0)}{failed}{name}");
        foreach (TransactionLog log in _logsOfFrames[frame.Frame])
            WriteLog(frame.Depth + 1, log);
    }

    private void WriteLog(int depth, TransactionLog log)
    {
        CallResult? call = log.Call is { } ordinal ? _transaction.Calls.FirstOrDefault(one => one.Ordinal == ordinal) : null;
        string owner = call is null ? log.Role ?? "" : $"of call {NameOf(call)}{(call.Business is { } own ? Label(own) : "")}";
        Line(depth, $"log {log.LogIndex} {log.Address} {log.Event} {owner}");
    }

    private void Line(int depth, string line) =>
        _text.Append(' ', 2 * Math.Min(depth, IndentMax))
            .Append(string.Concat(line.TrimEnd().Select(letter => char.IsControl(letter) ? '?' : letter))).Append('\n');

    private string Attribution() => _transaction.Attribution switch
    {
        null => "not looked at yet",
        { Status: "attributed" } found => $"attributed by its {found.Basis}",
        { Status: "not_needed" } => "no call of ours is in it",
        var other => $"{other.Status}{(other.Reason is { } reason ? $" ({reason}: {other.Detail})" : "")}",
    };

    private static string NameOf(CallResult call) => call.Operation is { } operation
        ? string.Create(CultureInfo.InvariantCulture, $"{operation}.{call.Index}")
        : string.Create(CultureInfo.InvariantCulture, $"#{call.Ordinal}");

    private static string Label(BusinessCall call) =>
        $"{(call.Category is { } category ? $" ({category})" : "")}{string.Concat(call.Tags.Select(tag => $" #{tag}"))}";

    private static string Amount(string what, JsonElement? movement) =>
        movement is { } there && there.TryGetProperty("amount", out JsonElement amount) ? $"{what} {amount}" : "";

    private static string Ended(bool succeeded) => succeeded ? "succeeded" : "failed";

    private static string Sent(BigInteger value) => value.IsZero ? "" : $" with {value} wei";
}
