using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Attribution;

/// <summary>
/// The operations of a transaction: the outermost ones that are an account's. Where the transaction's own call is none (an EOA calls a
/// contract, or Multicall3), operations of other accounts are looked for below it, because bundles and Safe transactions may be carried by
/// anybody through anything.
/// </summary>
internal sealed class OperationFinder(FrameTree frames, BatchTable table)
{
    private const int Root = 0;
    private readonly BatchMatcher _matcher = new(frames, table);

    /// <summary>The operations in the order of their frames; those below the first one that is no account's follow it.</summary>
    internal List<FoundOperation> Find()
    {
        var bundles = new BundleReader(frames, _matcher);
        if (bundles.Read(Root) is { } bundle)
        {
            return [.. bundle];
        }

        if ((OfSafe(Root) ?? OfDelegatedAccount()) is { } whole)
        {
            return [whole];
        }

        List<FoundOperation> found = [OfMulticall() ?? Direct()];
        for (int frame = Root + 1; frame < frames.Count;)
        {
            IReadOnlyList<FoundOperation>? below = bundles.Read(frame) ?? (OfSafe(frame) is { } safe ? [safe] : null);
            found.AddRange(below ?? []);
            frame = below is null ? frame + 1 : frames.End(frame);
        }

        return found;
    }

    private FoundOperation? OfSafe(int frame) =>
        frames[frame].Type == CallFrameType.Call && _matcher.Open(frame, OperationKind.Safe) is { } match
            ? new FoundOperation(
                OperationKind.Safe, frames.Actor(frame), frames.Actor(frame), null, match.Succeeded && !frames.Undone(frame), frame,
                frame, match.Calls)
            : null;

    private FoundOperation? OfDelegatedAccount() =>
        frames[Root].To == frames[Root].From && _matcher.Open(Root, OperationKind.Eip7702) is { } match
            ? new FoundOperation(
                OperationKind.Eip7702, frames[Root].From, frames[Root].From, null, !frames.Undone(Root), Root, Root, match.Calls)
            : null;

    private FoundOperation? OfMulticall() =>
        frames[Root].Type == CallFrameType.Call && _matcher.Open(Root, OperationKind.Multicall3) is { } match
            ? new FoundOperation(
                OperationKind.Multicall3, frames[Root].From, frames.Actor(Root), null, !frames.Undone(Root), Root, Root, match.Calls)
            : null;

    private FoundOperation Direct()
    {
        CallFrame root = frames[Root];
        var call = new PlannedCall(CallOperation.Call, root.To, root.Value ?? UInt256.Zero, root.Input);
        return new FoundOperation(
            OperationKind.Direct, root.From, root.To ?? default, null, !frames.Undone(Root), Root, Root,
            [new MatchedCall(call, root.To ?? default, Root, Reached: true)]);
    }
}
