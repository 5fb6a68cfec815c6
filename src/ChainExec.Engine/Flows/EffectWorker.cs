using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
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
    EffectStore store, AnswerReader answers, IEnumerable<IFlowProvider> providers, UnitOfWork unitOfWork, TimeProvider clock,
    IOptions<FlowsOptions> options, ILogger<EffectWorker> logger) : IWorker
{
    private const string Actor = "flows.effects";
    private const int NotFoundMin = 2;
    private const int TriesMin = 3;
    private const int DetailLengthMax = 1000;

    private readonly Dictionary<string, IFlowProvider> _providers =
        providers.ToDictionary(provider => provider.Name, StringComparer.Ordinal);

    public string Name => "flows.effects";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(50);

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

    private async Task StepAsync(Effect effect, CancellationToken cancellationToken)
    {
        if (effect.State == EffectState.Sent)
            await MoveAsync(effect, Plain(EffectEvent.ProcessEnded, "The process ended while the provider was asked.", TimeSpan.Zero));
        else if (!_providers.TryGetValue(effect.Provider, out IFlowProvider? provider))
            await GiveUpAsync(effect, $"This build does not have provider {effect.Provider}.");
        else if (effect.State == EffectState.Prepared || !effect.MaybeTaken)
            await SendAsync(effect, provider, cancellationToken);
        else if (WhyGiveUp(effect, provider, await NowAsync()) is { } reason)
            await GiveUpAsync(effect, reason);
        else if (provider.Capability == ProviderCapability.IdempotentKey)
            await SendAsync(effect, provider, cancellationToken);
        else
            await EnquireAsync(effect, provider);
    }

    // An outage is waited out by time, and only while somebody asks: hours in which we were not there do not count.
    private string? WhyGiveUp(Effect effect, IFlowProvider provider, DateTimeOffset now)
    {
        if (provider.Capability == ProviderCapability.Neither)
            return "The provider cannot be asked what became of it.";
        if (provider.Capability == ProviderCapability.IdempotentKey && now > effect.FirstSentAt + provider.KeyLifetime)
            return $"The provider may have forgotten the key: it was sent first at {effect.FirstSentAt:u}.";
        return effect.Tries >= TriesMin && now > effect.TriedSince + options.Value.EffectGiveUpAfter
            ? $"{effect.Tries} tries since {effect.TriedSince:u} led to no answer."
            : null;
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

    private async Task AnsweredAsync(Effect effect, ProviderAnswer told)
    {
        // What cannot be read is no answer, whatever it says: it would end the effect, and nothing could follow.
        ProviderAnswer answer = told is ProviderAnswer.Confirmed(var said)
            && answers.Flaw(effect.Provider, effect.Operation, said) is { } flaw
            ? new ProviderAnswer.Unclear($"{flaw} {said.GetRawText()}")
            : told;
        EffectMove move = answer switch
        {
            ProviderAnswer.Confirmed(var result) => new EffectMove(EffectEvent.ProviderConfirmed, new { }, TimeSpan.Zero, result),
            ProviderAnswer.Rejected(var code, var detail) => new EffectMove(
                EffectEvent.ProviderRejected, new { code = Storable(code), detail = Storable(detail) }, TimeSpan.Zero,
                JsonSerializer.SerializeToElement(new Rejection(Storable(code), Storable(detail)), FactJson.Options)),
            // That it did not take this one says nothing of one before, whose answer did not come.
            ProviderAnswer.NotTaken(var detail) when effect is { State: EffectState.Sent, MaybeTaken: false } =>
                Plain(EffectEvent.ProviderDidNotTake, detail, Backoff(effect)),
            ProviderAnswer.NotTaken(var detail) => Plain(EffectEvent.ProviderUnclear, detail, Backoff(effect)),
            ProviderAnswer.Unclear(var detail) => Plain(EffectEvent.ProviderUnclear, detail, Backoff(effect)),
            _ => Plain(EffectEvent.ProviderUnclear, $"{answer} to a request.", Backoff(effect)),
        };
        bool failed = answer is not (ProviderAnswer.Confirmed or ProviderAnswer.Rejected);
        try
        {
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
        catch (StaleWriteException) when (!failed)
        {
            // Somebody else moved it meanwhile, and what they wrote stands; but this is what the provider says happened.
            string words = move.Result!.Value.GetRawText().Cut(DetailLengthMax);
            string outcome = move.Event == EffectEvent.ProviderConfirmed ? FlowEffectEnded.Confirmed : FlowEffectEnded.Rejected;
            await unitOfWork.RunAsync(
                (session, token) => store.TellLateAsync(session, effect, outcome, words, token),
                CancellationToken.None);
            throw;
        }
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
        long ticks = options.Value.RetryDelay.Ticks << Math.Min(effect.Tries, 12);
        return ticks > options.Value.RetryDelayMax.Ticks ? options.Value.RetryDelayMax : TimeSpan.FromTicks(ticks);
    }

    private static EffectMove Plain(EffectEvent happened, string detail, TimeSpan after) =>
        new(happened, new { detail = Storable(detail) }, after);

    // The database takes every character but one.
    private static string Storable(string text) => text.Replace("\0", "", StringComparison.Ordinal).Cut(DetailLengthMax);

    [LoggerMessage(EventId = 5101, Level = LogLevel.Information, Message = "Effect {Effect} was moved by somebody else: {Reason}")]
    private partial void LogOvertaken(Guid effect, string reason);

    [LoggerMessage(EventId = 5102, Level = LogLevel.Error,
        Message = "Effect {Effect} ({Provider}.{Operation}) needs an operator: {Reason} (docs/runbooks/flow-effect.md)")]
    private partial void LogDead(Guid effect, string provider, string operation, string reason);

    [LoggerMessage(EventId = 5103, Level = LogLevel.Warning, Message = "A provider could not be asked; what became of it is unknown")]
    private partial void LogProviderFailed(Exception exception);
}
