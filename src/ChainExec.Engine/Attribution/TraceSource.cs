using ChainExec.Calls;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;
using ChainExec.Facts.Contracts;
using Microsoft.Extensions.Options;

namespace ChainExec.Attribution;

/// <summary>What the providers said about a transaction's frames.</summary>
internal abstract record TraceAnswer
{
    /// <summary>A trace that fits the receipt, taken apart.</summary>
    internal sealed record Found(TransactionAttribution Attribution) : TraceAnswer;

    /// <summary>None fits.</summary>
    /// <param name="Detail">Each provider's word.</param>
    /// <param name="Refused">Whether every provider says that it has no such method: waiting a moment helps nothing.</param>
    internal sealed record None(UnattributedReason Reason, string Detail, bool Refused) : TraceAnswer;
}

/// <summary>
/// Asks a chain's providers for the frames of one transaction, one after the other, until one answers with frames whose logs are those that
/// were indexed. A node that answers for another block, or with nonsense, is passed over: it is never believed.
/// </summary>
internal sealed class TraceSource(ChainDirectory chains, BatchTable batches, IOptions<AttributionOptions> options)
{
    private const int MethodNotFound = -32601;

    public async Task<TraceAnswer> AskAsync(
        ChainTransaction transaction, IReadOnlyList<ObservedLog> logs, CancellationToken cancellationToken)
    {
        RpcReceipt receipt = ReceiptOf(transaction, logs);
        var said = new List<string>();
        UnattributedReason reason = UnattributedReason.TraceUnavailable;
        bool refused = true;
        foreach (ChainProvider provider in chains.Get(transaction.Chain).Providers)
        {
            try
            {
                CallFrame root = await provider.Client.TraceTransactionAsync(transaction.TxHash, cancellationToken);
                TransactionAttribution found = TransactionAttribution.Of(receipt, root, batches);
                if (found.Trace is { } trace && trace.Calls.Count <= options.Value.FramesMax)
                    return new TraceAnswer.Found(found);
                reason = found.Trace is null ? UnattributedReason.TraceMismatch : UnattributedReason.TraceTooLarge;
                said.Add($"{provider.Name}: {found.Reason ?? $"{found.Trace!.Calls.Count} frames"}");
                refused = false;
            }
            catch (AttributionException exception)
            {
                (reason, refused) = (UnattributedReason.TraceTooLarge, false);
                said.Add($"{provider.Name}: {exception.Message}");
            }
            catch (RpcException exception)
            {
                refused &= exception is RpcErrorException { Code: MethodNotFound };
                said.Add(exception.Message);
            }
        }

        return new TraceAnswer.None(reason, string.Join("; ", said), refused);
    }

    // Attribution looks at who, whether it succeeded, and what it logged; the rest of a receipt is not asked.
    private static RpcReceipt ReceiptOf(ChainTransaction transaction, IReadOnlyList<ObservedLog> logs) => new(
        transaction.TxHash, transaction.TxIndex, Type: 0, transaction.BlockHash, (ulong)transaction.BlockNumber, transaction.From,
        transaction.To, transaction.Succeeded, (ulong)transaction.GasUsed.BaseUnits, transaction.EffectiveGasPrice.ToUInt256(),
        ContractAddress: null, [.. logs.Select(CallMatcher.AsReceiptLog)]);
}
