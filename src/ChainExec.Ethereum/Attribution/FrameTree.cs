using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Attribution;

/// <summary>The frames of a trace by their index, with what the matching of batches asks about them.</summary>
internal sealed class FrameTree
{
    private readonly int[] _ends;
    private readonly Address[] _actors;

    internal FrameTree(CallTrace trace)
    {
        Trace = trace;
        _ends = new int[trace.Calls.Count];
        _actors = new Address[trace.Calls.Count];
        foreach (TracedCall call in trace.Calls)
        {
            bool borrowed = call.Frame.Type is CallFrameType.DelegateCall or CallFrameType.CallCode && call.ParentIndex is not null;
            _actors[call.Index] = borrowed ? _actors[call.ParentIndex!.Value] : call.Frame.To ?? default;
        }

        // A subtree ends where its last sub-call ends; later frames are known first.
        for (int i = _ends.Length - 1; i >= 0; i--)
        {
            _ends[i] = Math.Max(_ends[i], i + 1);
            if (trace.Calls[i].ParentIndex is { } parent)
            {
                _ends[parent] = Math.Max(_ends[parent], _ends[i]);
            }
        }
    }

    internal CallTrace Trace { get; }

    internal int Count => _ends.Length;

    internal CallFrame this[int index] => Trace.Calls[index].Frame;

    /// <summary>True when nothing of the frame lasted.</summary>
    internal bool Undone(int index) => Trace.Calls[index].Undone;

    /// <summary>The account in whose name the frame's code runs.</summary>
    internal Address Actor(int index) => _actors[index];

    /// <summary>The first index behind the frame and all below it.</summary>
    internal int End(int index) => _ends[index];

    /// <summary>The sub-calls of a frame, in order.</summary>
    internal IEnumerable<int> Children(int index)
    {
        for (int child = index + 1; child < _ends[index]; child = _ends[child])
        {
            yield return child;
        }
    }

    /// <summary>
    /// The frame that runs the code of a call: behind a proxy, the DELEGATECALL that was handed the whole input. A proxy may put more
    /// behind it.
    /// </summary>
    internal int Code(int index)
    {
        for (int code = index; ; )
        {
            int next = 0;
            for (int child = code + 1; child < _ends[code] && next == 0; child = _ends[child])
            {
                CallFrame frame = this[child];
                next = frame.Type == CallFrameType.DelegateCall && frame.Input.Span.StartsWith(this[code].Input.Span) ? child : 0;
            }

            if (next == 0)
            {
                return code;
            }

            code = next;
        }
    }
}
