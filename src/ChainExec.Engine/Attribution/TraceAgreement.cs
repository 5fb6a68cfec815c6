using ChainExec.Ethereum;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Attribution;

/// <summary>
/// Whether two nodes tell the same of a transaction, in all that is read of traces: who made which call, what came of it and what gas it
/// took, which of them each log is of, and what value moved inside. The receipt proves none of that. Where nodes may differ, as in the
/// frames of precompiled contracts or the gas of the root, they are not compared.
/// </summary>
internal static class TraceAgreement
{
    public static bool IsSame(TransactionAttribution one, TransactionAttribution other) =>
        one.Operations.Count == other.Operations.Count
        && one.Operations.Zip(other.Operations).All(pair => IsSame(one, pair.First, other, pair.Second))
        && one.OverheadLogs.SequenceEqual(other.OverheadLogs)
        && Emitters(one).SequenceEqual(Emitters(other))
        && Transfers(one).SequenceEqual(Transfers(other));

    private static bool IsSame(
        TransactionAttribution one, AttributedOperation first, TransactionAttribution other, AttributedOperation second) =>
        (first.Kind, first.Account, first.Contract, first.UserOpHash, first.Success)
            == (second.Kind, second.Account, second.Contract, second.UserOpHash, second.Success)
        && first.Calls.Count == second.Calls.Count
        && first.Calls.Zip(second.Calls)
            .All(pair => IsSame(pair.First, pair.Second) && GasOf(one, pair.First) == GasOf(other, pair.Second));

    private static bool IsSame(AttributedCall one, AttributedCall other) =>
        (one.To, one.Operation, one.Value, one.IsCreation, one.Reached, one.Success)
            == (other.To, other.Operation, other.Value, other.IsCreation, other.Reached, other.Success)
        && one.Data.Span.SequenceEqual(other.Data.Span) && one.Logs.SequenceEqual(other.Logs);

    // Some nodes count the transaction's own gas to the root.
    private static ulong GasOf(TransactionAttribution of, AttributedCall call) =>
        call.Reached && call.FrameIndex > 0 ? of.Trace!.Calls[call.FrameIndex].Frame.GasUsed : 0;

    private static IEnumerable<(CallFrameType Type, Address From, Address? To)> Emitters(TransactionAttribution of) =>
        of.Trace!.Logs.Select(log => of.Trace.Calls[log.CallIndex].Frame).Select(frame => (frame.Type, frame.From, frame.To));

    private static IEnumerable<(Address From, Address? To, UInt256 Value)> Transfers(TransactionAttribution of) =>
        of.Trace!.Calls.Where(call => call is { Depth: > 0, Undone: false, Frame.Value: { IsZero: false } }
                && call.Frame.Type is CallFrameType.Call or CallFrameType.Create or CallFrameType.Create2 or CallFrameType.SelfDestruct)
            .Select(call => (call.Frame.From, call.Frame.To, call.Frame.Value!.Value));
}
