using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Attribution;

/// <summary>
/// Finds the calls of a batch among the frames. What the input asks for must be found among the sub-calls in order, each with the same
/// target, value and data; sub-calls between them (signature checks, guards, hooks) belong to the machinery. Where something is missing
/// and the frame did not fail, the function is not what the table says and the row does not hold.
/// </summary>
internal sealed class BatchMatcher(FrameTree frames, BatchTable table)
{
    /// <summary>Batches within batches; what is deeper is a call and not taken apart.</summary>
    private const int NestingMax = 32;

    /// <summary>Frames that searches for handed-on batches look at, over all: many times what an honest transaction needs.</summary>
    private const int SearchedMax = 10 * CallFrame.FramesMax;

    private readonly bool[] _refused = new bool[frames.Count];
    private int _found;
    private int _searched;

    /// <summary>The calls of a frame whose function opens an operation of this kind; null when no row holds.</summary>
    internal BatchMatch? Open(int frame, OperationKind kind)
    {
        foreach (BatchDefinition definition in table.Find(frames[frame].Input))
        {
            var calls = new List<MatchedCall>();
            if (definition.Opens == kind && MatchFunction(frame, definition, 0, calls) is { } succeeded)
            {
                return new BatchMatch(calls, succeeded);
            }
        }

        return null;
    }

    /// <summary>The calls that an EntryPoint makes an account make; null when the account was not called and nothing failed.</summary>
    internal BatchMatch? OfAccount(int caller, Address account, ReadOnlyMemory<byte> callData)
    {
        var calls = new List<MatchedCall>();
        PlannedCall[] plan = callData.IsEmpty ? [] : [new(CallOperation.Call, account, UInt256.Zero, callData)];
        return MatchCalls(caller, account, plan, 0, calls, out bool succeeded) ? new BatchMatch(calls, succeeded) : null;
    }

    /// <summary>The calls of an account that an EntryPoint never came to.</summary>
    internal BatchMatch OfUnreachedAccount(int caller, Address account, ReadOnlyMemory<byte> callData)
    {
        var calls = new List<MatchedCall>();
        AddUnreached(new PlannedCall(CallOperation.Call, account, UInt256.Zero, callData), caller, account, 0, calls);
        return new BatchMatch(callData.IsEmpty ? [] : calls, Succeeded: false);
    }

    // True and false tell whether the function's own calls succeeded; null that this row does not hold.
    private bool? MatchFunction(int frame, BatchDefinition definition, int nesting, List<MatchedCall> found)
    {
        if (definition.Plan(frames[frame].Input) is not { Count: > 0 } plan)
        {
            return null;
        }

        int code = frames.Code(frame);
        Address account = frames.Actor(frame);
        var calls = new List<MatchedCall>();
        bool holds = MatchCalls(code, account, plan, nesting, calls, out bool succeeded);
        if (!(holds && calls[^1].Reached) && definition.Opens == OperationKind.Eip7702
            && MatchReentries(code, account, plan, nesting) is { } handedOn)
        {
            (holds, succeeded, calls) = (true, !frames.Undone(code), handedOn);
        }

        if (!holds)
        {
            return null;
        }

        found.AddRange(calls);
        return succeeded;
    }

    private bool MatchCalls(
        int code, Address account, IReadOnlyList<PlannedCall> plan, int nesting, List<MatchedCall> found, out bool succeeded)
    {
        int end = frames.End(code);
        int child = code + 1;
        succeeded = true;
        for (int i = 0; i < plan.Count; i++)
        {
            while (child < end && !IsCall(child, plan[i], account))
            {
                child = frames.End(child);
            }

            if (child >= end)
            {
                succeeded = false;
                for (int rest = i; rest < plan.Count && frames.Undone(code); rest++)
                {
                    AddUnreached(plan[rest], code, account, nesting, found);
                }

                return frames.Undone(code);
            }

            if (frames.Actor(child) != account || !TakeApart(child, nesting + 1, found))
            {
                Add(new MatchedCall(plan[i], plan[i].To ?? account, child, Reached: true), found);
            }

            succeeded &= !frames.Undone(child);
            child = frames.End(child);
        }

        return true;
    }

    // Some accounts hand a batch to a module, which has them execute it by another function: then those calls are looked for, at any depth,
    // and must be the ones that the batch asks for.
    private List<MatchedCall>? MatchReentries(int code, Address account, IReadOnlyList<PlannedCall> plan, int nesting)
    {
        var calls = new List<MatchedCall>();
        int end = frames.End(code);
        _searched += end - code;
        if (_searched > SearchedMax)
        {
            throw new AttributionException("batches seem to be handed on more often than a transaction can");
        }

        for (int frame = code + 1; frame < end;)
        {
            bool reentry = frames[frame].Type == CallFrameType.Call && frames[frame].To == account;
            frame = reentry && TakeApart(frame, nesting + 1, calls) ? frames.End(frame) : frame + 1;
        }

        if (calls.Count == 0)
        {
            return null;
        }

        var asked = new List<MatchedCall>();
        foreach (PlannedCall call in plan)
        {
            AddUnreached(call, code, account, nesting, asked);
        }

        bool fits = calls.Count == asked.Count || (calls.Count < asked.Count && frames.Undone(code));
        for (int i = 0; i < calls.Count && fits; i++)
        {
            fits = calls[i].To == asked[i].To && calls[i].Call.Operation == asked[i].Call.Operation
                && calls[i].Call.Value == asked[i].Call.Value && calls[i].Call.Data.Span.SequenceEqual(asked[i].Call.Data.Span);
        }

        return fits ? [.. calls, .. asked[calls.Count..]] : null;
    }

    // Takes a call that runs in the account's name apart, if it is itself a batch.
    private bool TakeApart(int frame, int nesting, List<MatchedCall> found)
    {
        if (_refused[frame] || nesting > NestingMax)
        {
            return false;
        }

        foreach (BatchDefinition definition in table.Find(frames[frame].Input))
        {
            if (MatchFunction(frame, definition, nesting, found) is not null)
            {
                return true;
            }
        }

        // Remembered, because the search for handed-on batches comes by again.
        _refused[frame] = true;
        return false;
    }

    private void AddUnreached(PlannedCall call, int frame, Address account, int nesting, List<MatchedCall> found)
    {
        bool ownName = call.To is null || call.To == account || call.Operation == CallOperation.DelegateCall;
        if (ownName && nesting < NestingMax)
        {
            foreach (BatchDefinition definition in table.Find(call.Data))
            {
                if (definition.Plan(call.Data) is { Count: > 0 } plan)
                {
                    foreach (PlannedCall inner in plan)
                    {
                        AddUnreached(inner, frame, account, nesting + 1, found);
                    }

                    return;
                }
            }
        }

        Add(new MatchedCall(call, call.To ?? account, frame, Reached: false), found);
    }

    private bool IsCall(int index, PlannedCall call, Address account)
    {
        CallFrame frame = frames[index];
        if (!frame.Input.Span.SequenceEqual(call.Data.Span))
        {
            return false;
        }

        // Accounts take the zero address for themselves; the account's own code may also run in place.
        bool self = (call.To is null || call.To == Address.Zero) && frames.Actor(index) == account
            && frame.Type is CallFrameType.Call or CallFrameType.DelegateCall;
        return self || (call.To == frame.To && call.Operation switch
        {
            CallOperation.Call => frame.Type == CallFrameType.Call && (frame.Value ?? UInt256.Zero) == call.Value,
            CallOperation.DelegateCall => frame.Type is CallFrameType.DelegateCall or CallFrameType.CallCode,
            _ => frame.Type == CallFrameType.StaticCall,
        });
    }

    private void Add(MatchedCall call, List<MatchedCall> found)
    {
        if (++_found > TransactionAttribution.CallsMax)
        {
            throw new AttributionException($"the batches have more than {TransactionAttribution.CallsMax} calls");
        }

        found.Add(call);
    }
}
