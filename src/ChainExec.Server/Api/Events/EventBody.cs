using System.Collections.Frozen;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Server.Api.Intents;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Events;

/// <summary>One event of the public feed. Ids are stable: whoever reads twice knows what it has seen.</summary>
/// <param name="Type"><c>intent.</c> and the status that the intent moved to.</param>
internal sealed record EventBody(string Id, string Type, DateTimeOffset OccurredAt, IntentEventBody Data)
{
    private const string PublicPrefix = "intent.";

    /// <summary>The facts that are public, by their type. That a child carries on is nobody's business outside.</summary>
    public static FrozenSet<string> FactTypes { get; } =
        Enum.GetValues<IntentState>().Where(state => state != IntentState.Escalated).Select(state =>
            IntentFact.TypePrefix + EnumText.Of(state)).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Shows a fact.</summary>
    public static EventBody Of(Fact fact)
    {
        IntentFact intent = fact.Read<IntentFact>();
        return new EventBody(
            EventId.Format(fact.Position), PublicPrefix + fact.Type[IntentFact.TypePrefix.Length..], fact.OccurredAt,
            IntentEventBody.Of(intent));
    }
}

/// <summary>An intent as it stood when it moved.</summary>
/// <param name="Intent"><c>int_…</c>.</param>
/// <param name="Movements">Once it is settled: everything that its transaction moved at finality.</param>
internal sealed record IntentEventBody(
    string Intent, string Status, string? Reason, string? Detail, long Chain, Address Account, string? ClientReference,
    TransactionBody? Transaction, IReadOnlyList<MovementBody>? Movements)
{
    /// <summary>Shows the payload of an intent's fact.</summary>
    public static IntentEventBody Of(IntentFact fact) => new(
        new IntentId(fact.Root).ToString(), fact.State, fact.Reason, fact.Detail, fact.Chain, fact.Account, fact.ClientReference,
        fact.Transaction is { } transaction ? new TransactionBody(transaction.TxHash, transaction.BlockNumber) : null,
        fact.Movements?.Select(MovementBody.Of).ToList());
}

/// <summary>A movement that was observed. Gas goes to nobody.</summary>
internal sealed record MovementBody(MovementKind Kind, string Asset, Address From, Address? To, TokenAmount Amount)
{
    /// <summary>Shows a movement.</summary>
    public static MovementBody Of(Movement movement) => new(movement.Kind, movement.Asset, movement.From, movement.To, movement.Amount);
}
