using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>
/// Finds the business calls that a transaction was sent for among the calls that were made in it. Pure. A business call is the first one
/// not yet taken that the same account made with the same target, value and data: calls that are equal in all of these are told apart by
/// their order only, and nothing else could tell them apart.
/// </summary>
internal static class CallMatcher
{
    /// <summary>Whether the transaction is the one call itself: then the receipt says everything.</summary>
    /// <param name="inputHash">keccak of the transaction's data.</param>
    public static bool IsDirect(ChainTransaction transaction, Hash32 inputHash, IReadOnlyList<OwnCall> calls) =>
        calls is [var one] && one.Account == transaction.From && one.To == transaction.To && one.Value == transaction.Value
        && Keccak256.Hash(one.Data.Span) == inputHash;

    /// <summary>The one call of a direct transaction, by its receipt.</summary>
    public static TransactionBreakdown OfReceipt(
        ChainTransaction transaction, OwnCall call, IReadOnlyList<ObservedLog> logs, AssetSnapshot assets)
    {
        var result = new CallResult(
            Ordinal: 0, Operation: 0, Index: 0, call, call.To, call.Value, SelectorOf(call.Data), Reached: true, transaction.Succeeded,
            Frame: null, RevertReason: null, transaction.GasUsed,
            transaction.Fee(),
            [.. logs.Select(log => log.LogIndex)]);
        return new TransactionBreakdown(
            AttributionBasis.Receipt, [], [], [result], [.. logs.Select(log => new LogPlace(log.LogIndex, LogRole.Call, null, 0))],
            [.. ExpectedEffects.Compare(result, logs, assets)]);
    }

    /// <summary>The calls of a traced transaction.</summary>
    /// <param name="found">With its trace, which fits the receipt.</param>
    public static TransactionBreakdown OfTrace(
        ChainTransaction transaction, TransactionAttribution found, IReadOnlyList<OwnCall> calls, IReadOnlyList<ObservedLog> logs,
        AssetSnapshot assets)
    {
        CallTrace trace = found.Trace ?? throw new ArgumentException("The trace is not believed.", nameof(found));
        List<(int Operation, AttributedOperation Of, AttributedCall Call)> made =
        [
            .. found.Operations.SelectMany((operation, at) => operation.Calls.Select(call => (at, operation, call))),
        ];
        OwnCall?[] owners = Match(made, calls, out List<OwnCall> missing);
        IReadOnlyList<(TokenAmount Gas, TokenAmount Fee)> shares = CostShares.Of(
            transaction, [.. made.Select(item => item.Call.Reached ? trace.Calls[item.Call.FrameIndex].Frame.GasUsed : 0)]);
        var results = new List<CallResult>();
        for (int i = 0; i < made.Count; i++)
        {
            AttributedCall call = made[i].Call;
            results.Add(new CallResult(
                i, made[i].Operation, call.Index, owners[i], call.To, TokenAmount.From(call.Value), call.Selector, call.Reached,
                call.Success, call.FrameIndex, ReasonOf(trace, call), shares[i].Gas, shares[i].Fee,
                [.. call.Logs.Select(log => logs[log].LogIndex)]));
        }

        foreach (OwnCall call in missing)
        {
            results.Add(new CallResult(
                results.Count, null, null, call, call.To, call.Value, SelectorOf(call.Data), Reached: false, Succeeded: false, Frame: null,
                "nothing in the transaction is this call", TokenAmount.Zero, TokenAmount.Zero, []));
        }

        return new TransactionBreakdown(
            AttributionBasis.Trace, trace.Calls, found.Operations, results, Places(trace, made, logs),
            [.. results.SelectMany(result => ExpectedEffects.Compare(result, logs, assets))]);
    }

    private static OwnCall?[] Match(
        List<(int Operation, AttributedOperation Of, AttributedCall Call)> made, IReadOnlyList<OwnCall> calls, out List<OwnCall> missing)
    {
        var free = new Dictionary<(Address Account, Address To, TokenAmount Value, Hash32 Data), Queue<int>>();
        for (int i = 0; i < made.Count; i++)
        {
            (_, AttributedOperation operation, AttributedCall call) = made[i];
            if (call is not { To: { } to, Operation: CallOperation.Call })
                continue;
            var key = (operation.Account, to, TokenAmount.From(call.Value), Keccak256.Hash(call.Data.Span));
            if (!free.TryGetValue(key, out Queue<int>? places))
                free.Add(key, places = new Queue<int>());
            places.Enqueue(i);
        }

        var owners = new OwnCall?[made.Count];
        missing = [];
        foreach (OwnCall call in calls)
        {
            if (free.TryGetValue((call.Account, call.To, call.Value, Keccak256.Hash(call.Data.Span)), out Queue<int>? places)
                && places.TryDequeue(out int place))
                owners[place] = call;
            else
                missing.Add(call);
        }

        return owners;
    }

    private static LogPlace[] Places(
        CallTrace trace, List<(int Operation, AttributedOperation Of, AttributedCall Call)> made, IReadOnlyList<ObservedLog> logs)
    {
        int?[] ordinals = new int?[logs.Count];
        for (int i = 0; i < made.Count; i++)
        {
            foreach (int log in made[i].Call.Logs)
                ordinals[log] = i;
        }

        // The order of the trace is known to be the receipt's, or each content is of one frame.
        IReadOnlyList<int> frames = trace.Attribute([.. logs.Select(AsReceiptLog)]) is LogsAttributed attributed
            ? attributed.CallIndexes
            : throw new InvalidOperationException("A trace that fitted its receipt does not fit it any more.");
        return
        [
            .. logs.Select((log, i) => new LogPlace(
                log.LogIndex, ordinals[i] is null ? LogRole.Overhead : LogRole.Call, frames[i], ordinals[i])),
        ];
    }

    /// <summary>A log as the toolkit reads receipts. Where it was is not asked by what compares contents.</summary>
    internal static RpcLog AsReceiptLog(ObservedLog log) => new(
        log.Emitter, log.Topics, log.Data, log.LogIndex, Hash32.Zero, TransactionIndex: 0, Hash32.Zero, BlockNumber: 0, Removed: false);

    // An account hides the reason of a call that failed in its batch: the call's own frame has it.
    private static string? ReasonOf(CallTrace trace, AttributedCall call)
    {
        if (call.Success)
            return null;
        if (!call.Reached)
            return "never made: something before it failed";
        CallFrame frame = trace.Calls[call.FrameIndex].Frame;
        if (frame.Error is not { } error)
            return "undone: a frame around it failed";
        return frame.Output.IsEmpty ? error : RevertReason.Decode(frame.Output.Span, []).Message;
    }

    private static ReadOnlyMemory<byte> SelectorOf(ReadOnlyMemory<byte> data) =>
        data.Length < sizeof(uint) ? default : data[..sizeof(uint)];
}
