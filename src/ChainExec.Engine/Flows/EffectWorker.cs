using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Flows;

/// <summary>
/// Asks providers. That it asks is committed before it does; what it was answered, afterwards. An answer that does not come leaves the
/// effect unknown, and only what the provider can do leads out of that: the same key again, an enquiry, or an operator.
/// </summary>
internal sealed partial class EffectWorker(
    EffectStore store, IEnumerable<IFlowProvider> providers, UnitOfWork unitOfWork, TimeProvider clock, IOptions<FlowsOptions> options,
    ILogger<EffectWorker> logger) : IWorker
{
    private const string Actor = "flows.effects";
    private const int NotFoundMin = 2;
    private const int DetailLengthMax = 1000;

    private readonly Dictionary<string, IFlowProvider> _providers =
        providers.ToDictionary(provider => provider.Name, StringComparer.Ordinal);

    public string Name => "flows.effects";

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        // The lease outlives the answer: a second worker finds an effect that is being sent only when this one is gone.
        IReadOnlyList<Effect> due = await unitOfWork.RunAsync(
            (session, token) => store.LeaseDueAsync(
                session, 3 * options.Value.ProviderTimeout, options.Value.EffectBatchSizeMax, token),
            cancellationToken);
        await Task.WhenAll(due.Select(effect => AdvanceAsync(effect, cancellationToken)));
        return due.Count;
    }

    private async Task AdvanceAsync(Effect effect, CancellationToken cancellationToken)
    {
        try
        {
            await StepAsync(effect, cancellationToken);
        }
        catch (StaleWriteException exception)
        {
            // An operator or another worker moved it meanwhile; what they wrote stands.
            LogOvertaken(effect.Id, exception.Message);
        }
    }

    private Task StepAsync(Effect effect, CancellationToken cancellationToken)
    {
        IFlowProvider provider = _providers.TryGetValue(effect.Provider, out IFlowProvider? known)
            ? known
            : throw new InvalidOperationException($"Effect {effect.Id} asks provider {effect.Provider}, which this build does not have.");
        if (effect.State == EffectState.Sent)
            return MoveAsync(effect, Plain(EffectEvent.ProcessEnded, "The process ended while the provider was asked.", TimeSpan.Zero));
        if (effect.Moves >= options.Value.EffectMovesMax)
            return GiveUpAsync(effect, $"{effect.Moves} moves led to no answer.");
        if (effect.State == EffectState.Prepared || provider.Capability == ProviderCapability.IdempotentKey)
            return SendAsync(effect, provider, cancellationToken);
        return provider.Capability == ProviderCapability.EnquiryByOurReference
            ? EnquireAsync(effect, provider)
            : GiveUpAsync(effect, "The provider cannot be asked what became of it.");
    }

    private async Task SendAsync(Effect effect, IFlowProvider provider, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Effect sent = await MoveAsync(effect, Plain(EffectEvent.SendStarted, $"Attempt {effect.Sends + 1}.", TimeSpan.Zero));
        Boundary.Passed(Boundary.FlowEffectSending);
        ProviderAnswer answer = await AskAsync(token => provider.SendAsync(sent.Asked, token));
        Boundary.Passed(Boundary.FlowEffectAnswered);
        await AnsweredAsync(sent, answer);
    }

    private async Task EnquireAsync(Effect effect, IFlowProvider provider)
    {
        ProviderAnswer answer = await AskAsync(token => provider.EnquireAsync(effect.Asked, token));
        if (answer is not ProviderAnswer.NotFound)
        {
            await AnsweredAsync(effect, answer);
            return;
        }

        DateTimeOffset settled = (effect.LastSentAt ?? DateTimeOffset.MinValue) + provider.SettleWindow;
        DateTimeOffset now = await NowAsync();
        if (now >= settled && effect.NotFound + 1 >= NotFoundMin)
            await MoveAsync(effect, Plain(EffectEvent.NeverArrived, "Asked twice after the settle window: it never came.", TimeSpan.Zero));
        else
            await unitOfWork.RunAsync(
                (session, token) => store.NotFoundAsync(
                    session, effect, now < settled ? settled - now : options.Value.RetryDelay, counts: now >= settled, token),
                CancellationToken.None);
    }

    private async Task AnsweredAsync(Effect effect, ProviderAnswer answer)
    {
        EffectMove move = answer switch
        {
            ProviderAnswer.Confirmed(var result) => new EffectMove(EffectEvent.ProviderConfirmed, new { }, TimeSpan.Zero, result),
            ProviderAnswer.Rejected(var code, var detail) => new EffectMove(
                EffectEvent.ProviderRejected, new { code, detail }, TimeSpan.Zero,
                JsonSerializer.SerializeToElement(new Rejection(code, detail), FactJson.Options)),
            ProviderAnswer.NotTaken(var detail) when effect.State == EffectState.Sent =>
                Plain(EffectEvent.ProviderDidNotTake, detail, Backoff(effect)),
            ProviderAnswer.NotTaken(var detail) => Plain(EffectEvent.ProviderUnclear, detail, Backoff(effect)),
            ProviderAnswer.Unclear(var detail) => Plain(EffectEvent.ProviderUnclear, detail, Backoff(effect)),
            _ => Plain(EffectEvent.ProviderUnclear, $"{answer} to a request.", Backoff(effect)),
        };
        bool failed = answer is not (ProviderAnswer.Confirmed or ProviderAnswer.Rejected);
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                await store.MoveAsync(session, effect, move, Actor, token);
                if (failed)
                    await store.CountFailureAsync(
                        session, effect.Provider, options.Value.CircuitFailuresMax, options.Value.CircuitOpenFor, token);
                else
                    await store.CloseCircuitAsync(session, effect.Provider, token);
            },
            CancellationToken.None);
    }

    private Task<Effect> MoveAsync(Effect effect, EffectMove move) =>
        unitOfWork.RunAsync((session, token) => store.MoveAsync(session, effect, move, Actor, token), CancellationToken.None);

    private async Task GiveUpAsync(Effect effect, string detail)
    {
        await MoveAsync(effect, Plain(EffectEvent.GaveUp, detail, TimeSpan.Zero));
        LogDead(effect.Id, effect.Provider, effect.Operation, detail);
    }

    // Once asked, the answer is waited for to the time limit, whoever wants to stop: an answer that is thrown away is an unknown outcome.
    private async Task<ProviderAnswer> AskAsync(Func<CancellationToken, Task<ProviderAnswer>> ask)
    {
        using var limit = new CancellationTokenSource(options.Value.ProviderTimeout, clock);
        try
        {
            return await ask(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new ProviderAnswer.Unclear($"No answer within {options.Value.ProviderTimeout}.");
        }
        catch (Exception exception)
        {
            // Whatever it was, the provider may have done what it was asked.
            LogProviderFailed(exception);
            return new ProviderAnswer.Unclear($"{exception.GetType().Name}: {exception.Message}".Cut(DetailLengthMax));
        }
    }

    private async Task<DateTimeOffset> NowAsync() => (await unitOfWork.RunAsync(
        (session, token) => session.Sql("select storage.clock() as at").ReadAsync(reader => reader.Time("at"), token),
        CancellationToken.None))[0];

    private TimeSpan Backoff(Effect effect)
    {
        long ticks = options.Value.RetryDelay.Ticks << Math.Min(effect.Moves, 12);
        return ticks > options.Value.RetryDelayMax.Ticks ? options.Value.RetryDelayMax : TimeSpan.FromTicks(ticks);
    }

    private static EffectMove Plain(EffectEvent happened, string detail, TimeSpan after) =>
        new(happened, new { detail = detail.Cut(DetailLengthMax) }, after);

    [LoggerMessage(EventId = 5101, Level = LogLevel.Information, Message = "Effect {Effect} was moved by somebody else: {Reason}")]
    private partial void LogOvertaken(Guid effect, string reason);

    [LoggerMessage(EventId = 5102, Level = LogLevel.Error,
        Message = "Effect {Effect} ({Provider}.{Operation}) needs an operator: {Reason} (docs/runbooks/flow-effect.md)")]
    private partial void LogDead(Guid effect, string provider, string operation, string reason);

    [LoggerMessage(EventId = 5103, Level = LogLevel.Warning, Message = "A provider could not be asked; what became of it is unknown")]
    private partial void LogProviderFailed(Exception exception);
}
