using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>What an operator may do to an effect outside.</summary>
internal enum EffectVerb
{
    /// <summary>Find out again what became of it, in the way that the provider allows.</summary>
    Retry,

    /// <summary>It happened: the flow goes on with the result that the operator states.</summary>
    Confirm,

    /// <summary>It did not happen and will not: the flow does what it does for a rejection.</summary>
    Reject,

    /// <summary>The provider has not taken it, nor may have, and shall not be asked: a rejection too.</summary>
    Skip,
}

/// <summary>The answer to an operator.</summary>
internal abstract record VerbResult
{
    private VerbResult()
    {
    }

    internal sealed record Done(EffectState State) : VerbResult;

    /// <summary>Not in this state; what may be done is named.</summary>
    internal sealed record NotOffered(EffectState State, IReadOnlyList<EffectVerb> Offered) : VerbResult;

    /// <summary>The provider is being asked at this moment.</summary>
    internal sealed record Busy : VerbResult;

    /// <summary>What was stated is no answer to the operation.</summary>
    internal sealed record NoAnswer(string Flaw) : VerbResult;

    internal sealed record NoSuchEffect : VerbResult;
}

/// <summary>
/// Operators' verbs on effects. Each takes the effect's row lock, is offered only where the table of moves allows it, and takes the lease
/// away from whoever holds it: the engine, doing the same at the same moment, finds that it came too late.
/// </summary>
internal sealed class EffectOperator(EffectStore store, AnswerReader answers)
{
    // While the engine can still find out what is true, nobody states it.
    private static IReadOnlyList<EffectVerb> Offered(Effect effect) =>
    [
        .. Enum.GetValues<EffectVerb>().Where(verb =>
            (verb != EffectVerb.Skip || effect is { State: EffectState.Prepared, MaybeTaken: false })
            && (verb != EffectVerb.Reject || effect.State != EffectState.Prepared)
            && EffectLifecycle.Table.Allows(effect.State, EventOf(verb))),
    ];

    /// <summary>Does it, inside the caller's transaction, which also writes the audit.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="id">The effect: its node's id.</param>
    /// <param name="verb">What.</param>
    /// <param name="result">For <see cref="EffectVerb.Confirm"/>: what the provider would have answered.</param>
    /// <param name="reason">Why; kept with the move.</param>
    /// <param name="actor">Who.</param>
    /// <param name="cancellationToken">Ends the wait for the row's lock.</param>
    public async Task<VerbResult> DoAsync(
        DbSession session, Guid id, EffectVerb verb, JsonElement? result, string reason, string actor, CancellationToken cancellationToken)
    {
        if (await store.LockAsync(session, id, cancellationToken) is not { } effect)
            return new VerbResult.NoSuchEffect();
        if (!Offered(effect).Contains(verb))
        {
            return effect.State == EffectState.Sent
                ? new VerbResult.Busy()
                : new VerbResult.NotOffered(effect.State, Offered(effect));
        }

        JsonElement? told = verb switch
        {
            EffectVerb.Retry => null,
            EffectVerb.Confirm => result ?? throw new ArgumentException("A confirmation needs a result.", nameof(result)),
            _ => JsonSerializer.SerializeToElement(new Rejection("operator", reason), FactJson.Options),
        };
        if (verb == EffectVerb.Confirm && answers.Flaw(effect.Provider, effect.Operation, told!.Value) is { } flaw)
            return new VerbResult.NoAnswer(flaw);
        Effect fenced = await store.FenceAsync(session, effect, cancellationToken);
        Effect moved = await store.MoveAsync(
            session, fenced, new EffectMove(EventOf(verb), new { verb = EnumText.Of(verb), reason }, TimeSpan.Zero, told), actor,
            cancellationToken);
        session.WakeWorkersAfterCommit();
        return new VerbResult.Done(moved.State);
    }

    private static EffectEvent EventOf(EffectVerb verb) => verb switch
    {
        EffectVerb.Retry => EffectEvent.OperatorRetried,
        EffectVerb.Confirm => EffectEvent.OperatorConfirmed,
        _ => EffectEvent.OperatorRejected,
    };
}
