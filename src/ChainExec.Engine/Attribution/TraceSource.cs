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
    /// <param name="Witnesses">The providers that tell it.</param>
    /// <param name="Proven">Whether they are as many as the chain's finality asks for, at most two.</param>
    internal sealed record Found(TransactionAttribution Attribution, IReadOnlyList<string> Witnesses, bool Proven) : TraceAnswer;

    /// <summary>None fits, or those that fit do not tell the same.</summary>
    /// <param name="Detail">Each provider's word.</param>
    /// <param name="Refused">Whether every provider says that it has no such method: waiting a moment helps nothing.</param>
    internal sealed record None(UnattributedReason Reason, string Detail, bool Refused) : TraceAnswer;
}

/// <summary>
/// Asks a chain's providers for the frames of one transaction, one after the other, until two tell the same and their logs are those that
/// were indexed. A node that answers for another block, or with nonsense, is passed over: it is never believed. What one provider alone
/// tells is taken when no other traces; where two tell different things, nobody is believed.
/// </summary>
internal sealed class TraceSource(ChainDirectory chains, ProviderTrust trust, BatchTable batches, IOptions<AttributionOptions> options)
{
    private const int MethodNotFound = -32601;
    private const int WitnessesEnough = 2;

    public async Task<TraceAnswer> AskAsync(
        ChainTransaction transaction, IReadOnlyList<ObservedLog> logs, CancellationToken cancellationToken)
    {
        RpcReceipt receipt = ReceiptOf(transaction, logs);
        ChainProfile chain = chains.Get(transaction.Chain);
        var fitting = new List<(string Provider, TransactionAttribution Found)>();
        var said = new List<string>();
        UnattributedReason reason = UnattributedReason.TraceUnavailable;
        IReadOnlyList<ChainProvider> believed = await trust.BelievedAsync(chain, cancellationToken);
        bool refused = believed.Count > 0;
        foreach (ChainProvider provider in believed)
        {
            try
            {
                CallFrame root = await provider.Client.TraceTransactionAsync(transaction.TxHash, cancellationToken);
                TransactionAttribution found = TransactionAttribution.Of(receipt, root, batches);
                refused = false;
                if (found.Trace is not { } trace || trace.Calls.Count > options.Value.FramesMax)
                {
                    reason = found.Trace is null ? UnattributedReason.TraceMismatch : UnattributedReason.TraceTooLarge;
                    said.Add($"{provider.Name}: {found.Reason ?? $"{found.Trace!.Calls.Count} frames"}");
                    continue;
                }

                fitting.Add((provider.Name, found));
                List<string> agreeing =
                    [.. fitting.Where(one => TraceAgreement.IsSame(one.Found, found)).Select(one => one.Provider)];
                if (agreeing.Count >= WitnessesEnough)
                    return new TraceAnswer.Found(found, agreeing, Proven: true);
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

        return fitting switch
        {
            [] => new TraceAnswer.None(reason, string.Join("; ", said), refused),
            [var (provider, found)] => new TraceAnswer.Found(found, [provider], Proven: chain.FinalityQuorum == 1),
            _ => new TraceAnswer.None(
                UnattributedReason.TraceDisputed,
                $"{string.Join(", ", fitting.Select(one => one.Provider))} tell traces that fit the receipt and differ", Refused: false),
        };
    }

    // Attribution looks at who, whether it succeeded, and what it logged; the rest of a receipt is not asked.
    private static RpcReceipt ReceiptOf(ChainTransaction transaction, IReadOnlyList<ObservedLog> logs) => new(
        transaction.TxHash, transaction.TxIndex, Type: 0, transaction.BlockHash, (ulong)transaction.BlockNumber, transaction.From,
        transaction.To, transaction.Succeeded, (ulong)transaction.GasUsed.BaseUnits, transaction.EffectiveGasPrice.ToUInt256(),
        ContractAddress: null, [.. logs.Select(CallMatcher.AsReceiptLog)]);
}
