using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Attribution;

/// <summary>
/// Which call of which account caused each log of a transaction: from its receipt and its trace, without a node, a clock or state. A log is
/// a call's when the call's frame or one below it emitted it; the logs of the machinery around calls are overhead. When trace and receipt
/// do not fit together every log is unattributed, and nothing is said of operations.
/// </summary>
/// <param name="Operations">What accounts did, in the order of their frames.</param>
/// <param name="OverheadLogs">Places among the receipt's logs, from 0, of those that no call caused.</param>
/// <param name="UnattributedLogs">Places of those of which it cannot be said: all or none.</param>
/// <param name="Reason">Why it cannot be said, for the operator; else null.</param>
/// <param name="Trace">The frames; null when they are not believed.</param>
public sealed record TransactionAttribution(
    IReadOnlyList<AttributedOperation> Operations,
    IReadOnlyList<int> OverheadLogs,
    IReadOnlyList<int> UnattributedLogs,
    string? Reason,
    CallTrace? Trace)
{
    /// <summary>The most calls that the batches of one transaction may have, more than its gas could pay for.</summary>
    public const int CallsMax = 20_000;

    private const int Overhead = -1;

    /// <summary>Attributes the logs of a receipt.</summary>
    /// <param name="receipt">The receipt.</param>
    /// <param name="root">The transaction's root frame, by callTracer with logs.</param>
    /// <param name="table">The batch functions to look for.</param>
    /// <exception cref="AttributionException">There are more than <see cref="CallsMax"/> calls, or the frames are made to be searched again
    /// and again.</exception>
    /// <exception cref="ArgumentException">The frames nest deeper than <see cref="CallFrame.DepthMax"/>.</exception>
    public static TransactionAttribution Of(RpcReceipt receipt, CallFrame root, BatchTable table)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(table);
        if (Mismatch(receipt, root) is { } difference)
        {
            return Unattributed(receipt, difference);
        }

        CallTrace trace = CallTrace.Flatten(root);
        return trace.Attribute(receipt.Logs) switch
        {
            LogsUnattributed refused => Unattributed(receipt, refused.Reason),
            LogsAttributed attributed => Attributed(trace, table, attributed.CallIndexes),
            LogAttribution other => throw new InvalidOperationException($"{other} is no attribution that is known here."),
        };
    }

    // A trace of another transaction must not speak for one without logs either.
    private static string? Mismatch(RpcReceipt receipt, CallFrame root)
    {
        bool creation = root.Type is CallFrameType.Create or CallFrameType.Create2;
        return root.From != receipt.From ? "the trace's sender is not the receipt's"
            : creation != (receipt.To is null) || (!creation && root.To != receipt.To) ? "the trace's recipient is not the receipt's"
            : root.Failed == receipt.Status ? "trace and receipt disagree about the transaction's success"
            : null;
    }

    private static TransactionAttribution Unattributed(RpcReceipt receipt, string reason) =>
        new([], [], [.. Enumerable.Range(0, receipt.Logs.Count)], reason, Trace: null);

    private static TransactionAttribution Attributed(CallTrace trace, BatchTable table, IReadOnlyList<int> frameOfLog)
    {
        var frames = new FrameTree(trace);
        List<FoundOperation> found = new OperationFinder(frames, table).Find();
        List<MatchedCall> calls = [.. found.SelectMany(operation => operation.Calls)];
        int[] callOfFrame = CallOfFrame(frames, found);

        var overhead = new List<int>();
        var logs = new List<int>?[calls.Count];
        for (int log = 0; log < frameOfLog.Count; log++)
        {
            int call = callOfFrame[frameOfLog[log]];
            (call == Overhead ? overhead : logs[call] ??= []).Add(log);
        }

        // An EOA's call that did nothing but carry the operations of others is named by those.
        bool carrierOnly = found is [{ Kind: OperationKind.Direct }, _, ..] && logs[0] is null;
        var operations = new List<AttributedOperation>();
        int first = 0;
        foreach (FoundOperation operation in found)
        {
            if (!carrierOnly || first > 0)
            {
                operations.Add(Operation(frames, operation, logs.AsSpan(first, operation.Calls.Count)));
            }

            first += operation.Calls.Count;
        }

        return new TransactionAttribution(operations, overhead, [], null, trace);
    }

    // The call that the logs of each frame are of. Operations below others come later and take their frames from them.
    private static int[] CallOfFrame(FrameTree frames, List<FoundOperation> found)
    {
        int[] callOfFrame = new int[frames.Count];
        callOfFrame.AsSpan().Fill(Overhead);
        int next = 0;
        int carrier = 0;
        foreach (FoundOperation operation in found)
        {
            if (operation.Carrier != carrier)
            {
                carrier = operation.Carrier;
                Fill(carrier, Overhead);
            }

            foreach (MatchedCall call in operation.Calls)
            {
                if (call.Reached)
                {
                    Fill(call.Frame, next);
                }

                next++;
            }
        }

        return callOfFrame;

        void Fill(int frame, int call) => callOfFrame.AsSpan(frame, frames.End(frame) - frame).Fill(call);
    }

    private static AttributedOperation Operation(FrameTree frames, FoundOperation operation, ReadOnlySpan<List<int>?> logs)
    {
        var calls = new AttributedCall[operation.Calls.Count];
        for (int i = 0; i < calls.Length; i++)
        {
            MatchedCall call = operation.Calls[i];
            bool creation = frames[call.Frame].Type is CallFrameType.Create or CallFrameType.Create2;
            calls[i] = new AttributedCall(
                i, creation && frames[call.Frame].To is null ? null : call.To, call.Call.Operation, ValueOf(call.Call), call.Call.Data,
                creation, call.Reached, call.Reached && !frames.Undone(call.Frame), call.Frame, frames.Trace.PathTo(call.Frame),
                logs[i] ?? []);
        }

        return new AttributedOperation(
            operation.Kind, operation.Account, operation.Contract, operation.UserOpHash, operation.Success, operation.Frame,
            frames.Trace.PathTo(operation.Frame), calls);
    }

    // A DELEGATECALL sends nothing, whatever a batch writes beside it.
    private static UInt256 ValueOf(PlannedCall call) => call.Operation == CallOperation.Call ? call.Value : UInt256.Zero;
}
