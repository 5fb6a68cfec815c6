using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Payments;

/// <summary>
/// Refills senders by rule: below the threshold an intent of the source's owner pays the amount, within the day's cap. Decided, then asked
/// of admission under the decision's own name: a crash between the two repeats the same payment.
/// </summary>
internal sealed partial class RefillWorker(
    RefillStore refills, AdmissionService admission, IncidentStore incidents, ChainDirectory chains, ProviderTrust trust,
    UnitOfWork unitOfWork, IOptions<PaymentsOptions> options, ILogger<RefillWorker> logger) : IWorker
{
    public string Name => "payments.refill";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<RefillRule> due = await unitOfWork.RunAsync(
            (session, token) => refills.TakeDueAsync(session, options.Value.RefillInterval, options.Value.BatchSizeMax, token),
            cancellationToken);
        int moved = 0;
        foreach (RefillRule rule in due)
        {
            try
            {
                moved += await LookAsync(rule, cancellationToken) ? 1 : 0;
            }
            catch (RpcException exception)
            {
                LogWaits(rule.Sender, rule.Chain, exception.Message);
                await TellUnknownAsync(rule, exception.Message, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException && !UnitOfWork.IsDatabaseFault(exception))
            {
                // A bug with one rule must not leave the other senders empty.
                LogFailed(rule.Sender, exception);
                await StopAsync(rule, $"{exception.GetType().Name}: {exception.Message}", cancellationToken);
            }
        }

        return moved;
    }

    private async Task<bool> LookAsync(RefillRule rule, CancellationToken cancellationToken)
    {
        // Before the balance: what pays between the two is not in it, and another refill would be decided on money that has come.
        (Refill Refill, RefillProgress Progress)? seen = await unitOfWork.RunAsync(
            (session, token) => refills.NewestAsync(session, rule, token), cancellationToken);
        Refill? open = seen?.Refill;
        if (seen?.Progress != RefillProgress.Open)
        {
            TokenAmount balance = await BalanceAsync(chains.Get(rule.Chain), rule.Sender, cancellationToken);
            open = await unitOfWork.RunAsync(
                (session, token) => DecideAsync(session, rule, seen?.Refill, balance, token), cancellationToken);
        }

        if (open is not { Intent: null })
            return false;
        SubmitResult result = await admission.SubmitAsync(
            new Caller(new OwnerId(open.Owner), Guid.Empty, "refill"), open.Reference, BodyOf(open),
            (intent, _) => JsonSerializer.Serialize(new { id = intent.Id.ToString() }), cancellationToken);
        if (result is not SubmitResult.Accepted accepted)
        {
            await StopAsync(rule, $"Admission did not take it: {Describe(result)}", cancellationToken);
            return false;
        }

        await unitOfWork.RunAsync(
            (session, token) => refills.AdmittedAsync(session, open, accepted.Intent.Value, token), cancellationToken);
        LogRefilled(rule.Sender, rule.Chain, open.Amount, accepted.Intent);
        return true;
    }

    // The refill to ask admission for, or nothing: one is under way, none is needed, or none is allowed.
    private async Task<Refill?> DecideAsync(
        DbSession session, RefillRule read, Refill? seen, TokenAmount balance, CancellationToken cancellationToken)
    {
        if (await refills.LockAsync(session, read, cancellationToken) is not { } rule)
            return null;
        await refills.BalanceKnownAsync(session, rule, cancellationToken);
        (Refill Refill, RefillProgress Progress)? newest = await refills.NewestAsync(session, rule, cancellationToken);
        if (newest is (var under, RefillProgress.Open))
            return under;

        // Somebody else decided one meanwhile, and it is over: the balance may be from before it. The next look knows.
        if (newest?.Refill.Id != seen?.Id)
            return null;
        if (balance >= rule.Threshold)
        {
            await incidents.CloseAsync(session, RefillStore.StoppedIncident, SubjectOf(rule), cancellationToken);
            return null;
        }

        if (newest is (var failed, RefillProgress.Failed))
        {
            await OpenAsync(
                session, rule, $"{new IntentId(failed.Intent!.Value)} ended without paying it: set the rule anew once the cause is mended.",
                cancellationToken);
            return null;
        }

        TokenAmount today = await refills.TodayAsync(session, rule, cancellationToken);
        if (today + rule.Amount <= rule.DailyCap)
            return await refills.DecideAsync(session, rule, balance, cancellationToken);
        await OpenAsync(session, rule, $"It holds {balance} wei, and {today} of the day's {rule.DailyCap} were sent.", cancellationToken);
        return null;
    }

    // A node that says less than there is must not spend money: the highest of as many answers as decide finality counts.
    private async Task<TokenAmount> BalanceAsync(ChainProfile chain, Address sender, CancellationToken cancellationToken)
    {
        TokenAmount highest = TokenAmount.Zero;
        RpcException? failed = null;
        int answers = 0;
        foreach (ChainProvider provider in await trust.BelievedAsync(chain, cancellationToken))
        {
            try
            {
                var balance = TokenAmount.From(await provider.Client.GetBalanceAsync(sender, BlockTag.Latest, cancellationToken));
                highest = balance > highest ? balance : highest;
                answers++;
            }
            catch (RpcException exception)
            {
                failed = exception;
            }
        }

        return answers >= chain.FinalityQuorum ? highest : throw failed ?? ProviderTrust.Nobody(chain);
    }

    private static JsonElement BodyOf(Refill refill) => JsonSerializer.SerializeToElement(new
    {
        chain = refill.Chain,
        account = refill.Source.ToString(),
        client_reference = refill.Reference,
        calls = new[]
        {
            new
            {
                type = "native.transfer",
                args = new { recipient = refill.Sender.ToString(), amount = refill.Amount.ToString() },
                category = "refill",
            },
        },
    });

    private static string Describe(SubmitResult result) => result switch
    {
        SubmitResult.Refused refused => refused.Detail,
        SubmitResult.Invalid invalid => string.Join(" ", invalid.Errors.Select(error => $"{error.Pointer}: {error.Message}")),
        _ => result.GetType().Name,
    };

    private Task StopAsync(RefillRule rule, string detail, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync((session, token) => OpenAsync(session, rule, detail, token), cancellationToken);

    private Task OpenAsync(DbSession session, RefillRule rule, string detail, CancellationToken cancellationToken) =>
        incidents.OpenAsync(
            session, RefillStore.StoppedIncident, SubjectOf(rule), rule.Chain, rule.Sender,
            $"{rule.Sender} is not refilled. {detail}", rule, cancellationToken);

    private Task TellUnknownAsync(RefillRule rule, string reason, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                if (await refills.BalanceUnknownAsync(session, rule, options.Value.BalanceUnknownAfter, token) is not { } since)
                    return;
                await incidents.OpenAsync(
                    session, RefillStore.BalanceUnknownIncident, SubjectOf(rule), rule.Chain, rule.Sender,
                    $"The balance of {rule.Sender} is not known since {since:O}: it is not refilled meanwhile. {reason}", rule, token);
            },
            cancellationToken);

    private static string SubjectOf(RefillRule rule) => RefillStore.SubjectOf(rule.Chain, rule.Sender);

    [LoggerMessage(
        EventId = 6101, Level = LogLevel.Information,
        Message = "Sender {Sender} on chain {Chain} is refilled with {Amount} wei by {Intent}")]
    private partial void LogRefilled(Address sender, long chain, TokenAmount amount, IntentId intent);

    [LoggerMessage(EventId = 6102, Level = LogLevel.Warning, Message = "The balance of {Sender} on chain {Chain} is not known: {Reason}")]
    private partial void LogWaits(Address sender, long chain, string reason);

    [LoggerMessage(EventId = 6103, Level = LogLevel.Error, Message = "The refill rule of {Sender} failed")]
    private partial void LogFailed(Address sender, Exception exception);
}
