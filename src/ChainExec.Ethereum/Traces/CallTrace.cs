using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Traces;

/// <summary>
/// The frames of one transaction in the order of execution, and the logs that lasted in the order in which they were emitted: before
/// sub-call i come the frame's logs whose position is i or less. Logs of a frame that failed, or lies under one that failed, are left out
/// whether or not the node cleared them.
/// </summary>
public sealed class CallTrace
{
    private CallTrace(IReadOnlyList<TracedCall> calls, IReadOnlyList<TracedLog> logs, bool logOrderKnown)
    {
        Calls = calls;
        Logs = logs;
        LogOrderKnown = logOrderKnown;
    }

    /// <summary>The frames, in the order in which they were entered; the root is the first.</summary>
    public IReadOnlyList<TracedCall> Calls { get; }

    /// <summary>The logs that lasted.</summary>
    public IReadOnlyList<TracedLog> Logs { get; }

    /// <summary>
    /// True when the order of <see cref="Logs"/> is that of emission; false when in a frame with sub-calls a log has no position, one
    /// behind the last sub-call, or one before that of the log ahead of it.
    /// </summary>
    public bool LogOrderKnown { get; }

    /// <summary>Flattens the tree below a root.</summary>
    /// <exception cref="ArgumentException">The frames nest deeper than <see cref="CallFrame.DepthMax"/>.</exception>
    public static CallTrace Flatten(CallFrame root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var calls = new List<TracedCall>();
        var logs = new List<TracedLog>();
        bool orderKnown = true;
        var open = new Stack<Walk>();
        Walk current = Enter(root, parent: null, position: 0);
        while (true)
        {
            CallFrame frame = current.Call.Frame;
            if (current.NextCall < frame.Calls.Count)
            {
                Emit(current, positionMax: current.NextCall);
                int position = current.NextCall++;
                open.Push(current);
                if (open.Count > CallFrame.DepthMax)
                {
                    throw new ArgumentException($"The frames nest deeper than {CallFrame.DepthMax} levels.", nameof(root));
                }

                current = Enter(frame.Calls[position], current.Call, position);
                continue;
            }

            Emit(current, positionMax: int.MaxValue);
            if (open.Count == 0)
            {
                return new CallTrace(calls, logs, orderKnown);
            }

            current = open.Pop();
        }

        Walk Enter(CallFrame frame, TracedCall? parent, int position)
        {
            bool undone = frame.Failed || parent is { Undone: true };
            var call = new TracedCall(calls.Count, parent?.Index, parent is null ? 0 : parent.Depth + 1, position, undone, frame);
            calls.Add(call);
            return new Walk(call);
        }

        void Emit(Walk walk, int positionMax)
        {
            CallFrame frame = walk.Call.Frame;
            while (walk.NextLog < frame.Logs.Count && (frame.Logs[walk.NextLog].Position ?? 0) <= positionMax)
            {
                CallFrameLog log = frame.Logs[walk.NextLog++];
                if (!walk.Call.Undone)
                {
                    orderKnown &= frame.Calls.Count == 0 || (log.Position >= walk.LastPosition && log.Position <= frame.Calls.Count);
                    walk.LastPosition = log.Position ?? 0;
                    logs.Add(new TracedLog(logs.Count, walk.Call.Index, log));
                }
            }
        }
    }

    /// <summary>The positions that lead from the root to a frame; none for the root.</summary>
    public IReadOnlyList<int> PathTo(int callIndex)
    {
        TracedCall call = Calls[callIndex];
        int[] path = new int[call.Depth];
        for (int depth = call.Depth; call.ParentIndex is { } parent; call = Calls[parent])
        {
            path[--depth] = call.Position;
        }

        return path;
    }

    /// <summary>
    /// Says which frame emitted each log of the transaction's receipt. It is believed only when the logs of trace and receipt are the same
    /// one for one; where the order is not known, a log is attributed when every log of the same content is of the same frame.
    /// </summary>
    public LogAttribution Attribute(IReadOnlyList<RpcLog> receiptLogs)
    {
        ArgumentNullException.ThrowIfNull(receiptLogs);
        if (receiptLogs.Count != Logs.Count)
        {
            return new LogsUnattributed($"the receipt has {receiptLogs.Count} logs and the trace {Logs.Count}");
        }

        return LogOrderKnown ? AttributeByOrder(receiptLogs) : AttributeByContent(receiptLogs);
    }

    private LogAttribution AttributeByOrder(IReadOnlyList<RpcLog> receiptLogs)
    {
        int[] calls = new int[receiptLogs.Count];
        for (int i = 0; i < calls.Length; i++)
        {
            if (!LogContent.Of(receiptLogs[i]).Equals(LogContent.Of(Logs[i].Log)))
            {
                return new LogsUnattributed($"log {i} of the receipt is not log {i} of the trace");
            }

            calls[i] = Logs[i].CallIndex;
        }

        return new LogsAttributed(calls);
    }

    private LogAttribution AttributeByContent(IReadOnlyList<RpcLog> receiptLogs)
    {
        var callsOf = new Dictionary<LogContent, (int Call, int Left, bool Several)>();
        foreach (TracedLog log in Logs)
        {
            LogContent content = LogContent.Of(log.Log);
            (int call, int left, bool several) = callsOf.GetValueOrDefault(content, (log.CallIndex, 0, false));
            callsOf[content] = (call, left + 1, several || call != log.CallIndex);
        }

        int[] calls = new int[receiptLogs.Count];
        for (int i = 0; i < calls.Length; i++)
        {
            LogContent content = LogContent.Of(receiptLogs[i]);
            if (!callsOf.TryGetValue(content, out (int Call, int Left, bool Several) found) || found.Left == 0)
            {
                return new LogsUnattributed($"log {i} of the receipt is not in the trace");
            }

            if (found.Several)
            {
                return new LogsUnattributed($"log {i} was emitted by several frames and the node does not say in which order");
            }

            callsOf[content] = found with { Left = found.Left - 1 };
            calls[i] = found.Call;
        }

        return new LogsAttributed(calls);
    }

    /// <summary>How far the walk has come in one frame.</summary>
    private sealed class Walk(TracedCall call)
    {
        public TracedCall Call { get; } = call;

        public int NextCall { get; set; }

        public int NextLog { get; set; }

        public int LastPosition { get; set; }
    }
}
