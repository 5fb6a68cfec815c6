using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Attribution;

/// <summary>
/// The user operations of a bundle. An EntryPoint executes each by a call of <c>innerHandleOp</c> to itself, which nobody else can make,
/// and whose input names the sender, the hash and the call data; how it ended is in the event of that hash.
/// </summary>
internal sealed class BundleReader
{
    private const int TopicsOfEvent = 4;
    private const int SuccessAt = 32;

    private readonly FrameTree _frames;
    private readonly BatchMatcher _matcher;
    private readonly ILookup<Hash32, TracedLog> _events;

    internal BundleReader(FrameTree frames, BatchMatcher matcher)
    {
        _frames = frames;
        _matcher = matcher;
        _events = frames.Trace.Logs
            .Where(log => log.Log.Topics.Count == TopicsOfEvent && log.Log.Topics[0] == EntryPointFunctions.UserOperationEvent)
            .ToLookup(log => log.Log.Topics[1]);
    }

    /// <summary>The operations of the bundle that a frame executes; null when it is none or does not behave like an EntryPoint.</summary>
    internal IReadOnlyList<FoundOperation>? Read(int frame)
    {
        if (_frames[frame].Type != CallFrameType.Call || EntryPointFunctions.OfBundle(_frames[frame].Input) is not { } functions)
        {
            return null;
        }

        var found = new List<FoundOperation>();
        foreach (int child in _frames.Children(frame))
        {
            if (IsInner(child, frame, functions))
            {
                if (Operation(frame, child, functions) is not { } operation)
                {
                    return null;
                }

                found.Add(operation);
            }
        }

        if (_frames.Undone(frame))
        {
            AddUnreached(frame, functions, found);
        }

        return found.Count == 0 ? null : found;
    }

    private bool IsInner(int child, int bundle, EntryPointFunctions functions)
    {
        CallFrame frame = _frames[child];
        return frame.Type == CallFrameType.Call && frame.To == _frames[bundle].To && frame.From == frame.To
            && EntryPointFunctions.SelectorOf(frame.Input) == functions.InnerHandleOp;
    }

    private FoundOperation? Operation(int bundle, int inner, EntryPointFunctions functions)
    {
        var arguments = new CallArguments(_frames[inner].Input[sizeof(uint)..]);
        if (!arguments.TryBytes(0, 0, out ReadOnlyMemory<byte> callData)
            || !arguments.TryAddress(EntryPointFunctions.SenderAt, out Address sender)
            || !arguments.TryHash(functions.HashAt, out Hash32 hash)
            || _matcher.OfAccount(inner, sender, callData) is not { } match)
        {
            return null;
        }

        // Without its event, an operation of a bundle that lasted is no EntryPoint's; nor is one that succeeded though its call failed.
        bool? reported = Reported(bundle, inner, hash);
        bool genuine = reported switch
        {
            null => _frames.Undone(bundle),
            true => match.Succeeded,
            false => true,
        };
        return genuine
            ? new FoundOperation(
                OperationKind.Erc4337, sender, _frames.Actor(bundle), hash, reported is true, bundle, inner, match.Calls)
            : null;
    }

    // The event is emitted within the operation's frame; when that was undone, behind it in the bundle's.
    private bool? Reported(int bundle, int inner, Hash32 hash)
    {
        foreach (TracedLog log in _events[hash])
        {
            if ((log.CallIndex == inner || log.CallIndex == bundle) && log.Log.Address == _frames.Actor(bundle)
                && new CallArguments(log.Log.Data).TryNumber(SuccessAt, out UInt256 success))
            {
                return !success.IsZero;
            }
        }

        return null;
    }

    private void AddUnreached(int bundle, EntryPointFunctions functions, List<FoundOperation> found)
    {
        foreach ((Address sender, ReadOnlyMemory<byte> callData) in functions.Operations(_frames[bundle].Input).Skip(found.Count))
        {
            BatchMatch match = _matcher.OfUnreachedAccount(bundle, sender, callData);
            found.Add(new FoundOperation(
                OperationKind.Erc4337, sender, _frames.Actor(bundle), null, Success: false, bundle, bundle, match.Calls));
        }
    }
}
