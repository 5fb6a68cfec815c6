using ChainExec.Calls;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Finds out why a final transaction of ours reverted: the same call is made again on the state before its block, and the contract's answer
/// is decoded. What it finds is for people; nothing waits for it and nothing is decided from it.
/// </summary>
internal sealed partial class RevertWorker(
    RevertStore reverts, ChainDirectory chains, ProviderTrust trust, UnitOfWork unitOfWork, IOptions<ExecutionOptions> options,
    ILogger<RevertWorker> logger) : IWorker
{
    private const int TriesMax = 5;

    public string Name => "execution.reverts";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        ExecutionOptions values = options.Value;
        IReadOnlyList<RevertedCall> due = await unitOfWork.RunAsync(
            (session, token) => reverts.TakeDueAsync(session, values.RetryDelay, TriesMax, values.BatchSizeMax, token), cancellationToken);
        foreach (RevertedCall call in due)
        {
            try
            {
                if (await ExplainAsync(call, cancellationToken) is { } finding)
                    await unitOfWork.RunAsync((session, token) => reverts.StoreAsync(session, call, finding, token), cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException && !UnitOfWork.IsDatabaseFault(exception))
            {
                // A bug with one, or a chain that is configured no more: the others are explained, and this one is tried again later.
                LogUnexplained(call.TxHash.ToString(), call.Chain, exception);
            }
        }

        return due.Count;
    }

    private async Task<RevertFinding?> ExplainAsync(RevertedCall call, CancellationToken cancellationToken)
    {
        var request = new CallRequest
        {
            From = call.From, To = call.To, Value = call.Value.ToUInt256(), Data = call.Data, Gas = (ulong)call.GasLimit,
        };
        var said = new List<string>();
        bool isAnswered = false;
        foreach (ChainProvider provider in await trust.BelievedAsync(chains.Get(call.Chain), cancellationToken))
        {
            try
            {
                await provider.Client.CallAsync(request, checked((ulong)(call.BlockNumber - 1)), cancellationToken);
                isAnswered = true;
                said.Add($"{provider.Name}: it succeeds on the state before its block");
            }
            catch (RpcErrorException exception) when (exception.Classification.Class == RpcErrorClass.Reverted)
            {
                RevertReason reason = RevertReason.Decode(exception.ErrorData.Span, Preflight.KnownErrors);
                if (reason.Kind != "empty" || !IsAllGasUsed(call))
                    return new RevertFinding(reason.Kind == "unknown" ? "custom" : reason.Kind, reason.Message, provider.Name);
            }
            catch (RpcException exception)
            {
                said.Add(exception.Message);
            }
        }

        // A call that stops for lack of gas gives no reason, and the receipt shows it.
        if (IsAllGasUsed(call))
            return new RevertFinding("out_of_gas", $"All of its {call.GasLimit} gas was used.", null);
        return isAnswered || call.Tries >= TriesMax ? new RevertFinding("unknown", string.Join("; ", said), null) : null;
    }

    private static bool IsAllGasUsed(RevertedCall call) => call.GasUsed.BaseUnits >= call.GasLimit;

    [LoggerMessage(
        EventId = 3601, Level = LogLevel.Error, Message = "Why {Transaction} of chain {Chain} reverted cannot be asked; it is tried again")]
    private partial void LogUnexplained(string transaction, long chain, Exception exception);
}
