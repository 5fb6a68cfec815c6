using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>
/// Turns final facts into postings: dedupe, posting, hold and cursor commit together. Written by hand until the flow engine comes. Only
/// observed movements are posted; the key of a movement is one, so whichever rule comes second finds it booked.
/// </summary>
internal sealed class FlowsConsumer(
    LedgerStore ledger, FlowsWindowReader reader, UndoneBook undone, TimeProvider clock) : FactConsumer
{
    private const string Confirmed = IntentFact.TypePrefix + "confirmed";

    // What all holds of intents are bound to begins so.
    private const string IntentHolds = "intent:";

    // An intent's end, in any of its forms, resolves its hold.
    private static readonly HashSet<string> IntentEnds =
    [
        Confirmed, IntentFact.TypePrefix + "failed", IntentFact.TypePrefix + "cancelled", IntentFact.TypePrefix + "expired",
    ];

    private static readonly HashSet<string> Wanted =
        [MovementConfirmed.Type, MovementRestored.Type, TransactionUndone.Type, .. IntentEnds];

    public override string Name => ObservedPosting.Node;

    public override IReadOnlySet<string> Types => Wanted;

    /// <summary>Postings lock the owners' accounts until the commit, and admissions of the owners wait for it.</summary>
    public override int WindowMax => 50;

    public override Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken) =>
        HandleManyAsync(session, [fact], cancellationToken);

    // What the window needs to know is read first; then its postings are made in the order of the facts, and written together. What takes
    // back a transaction reads what is booked of it, so it comes when that is written.
    public override async Task HandleManyAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        FlowsWindow window = await reader.ReadAsync(session, facts, cancellationToken);
        foreach (Fact fact in facts)
        {
            if (fact.Type == MovementConfirmed.Type)
                OnMovement(window, fact, fact.Read<MovementConfirmed>());
            else if (fact.Type == MovementRestored.Type)
                OnRestored(window, fact, fact.Read<MovementRestored>());
            else if (fact.Type != TransactionUndone.Type)
                OnIntentEnded(window, fact, fact.Read<IntentFact>());
        }

        await ledger.LockAsync(session, window.LockedCodes, cancellationToken);
        await ledger.PostAllAsync(session, window.Postings, cancellationToken);
        await ledger.ReleaseHoldsAsync(session, window.Released, IntentHolds, cancellationToken);
        await undone.TakeBackAsync(session, window.Undone, cancellationToken);
    }

    private void OnMovement(FlowsWindow window, Fact fact, MovementConfirmed confirmed)
    {
        (ChainTransaction transaction, Movement movement) = (confirmed.Transaction, confirmed.Movement);
        OwnAccount? from = window.Account(transaction.Chain, movement.From);
        if (movement.Kind == MovementKind.Gas)
        {
            if (from is not null)
            {
                BookedMovement gas = MovementPosting.OfGas(movement, from, confirmed.Intent is not null, transaction.Succeeded);
                Post(window, fact, transaction, movement, gas, null, confirmed.Intent);
            }

            return;
        }

        // What an intent of ours spent is booked when the intent is judged, together with its hold.
        if ((confirmed.Intent is not null && from is not null) || window.KindOf(transaction, movement) is not null)
            return;
        OwnAccount? to = window.Account(transaction.Chain, movement.To);
        if (MovementPosting.OfNobody(movement, from, to) is { } booking)
            Post(window, fact, transaction, movement, booking, null, confirmed.Intent);
    }

    private void OnRestored(FlowsWindow window, Fact fact, MovementRestored restored)
    {
        (ChainTransaction transaction, Movement movement) = (restored.Transaction, restored.Movement);
        OwnAccount? from = window.Account(transaction.Chain, movement.From);
        BookedMovement? booking = movement.Kind != MovementKind.Gas
            ? MovementPosting.OfRestored(movement, from, window.Account(transaction.Chain, movement.To))
            : from is null ? null
            : MovementPosting.OfGas(movement, from, restored.Intent is not null, transaction.Succeeded);
        if (booking is null)
            return;
        // The same bytes may move the same in another block: the block is a part of the name.
        string key = $"{MovementPosting.Restored}:{transaction.BlockHash}:{transaction.Incarnation}:"
            + MovementPosting.KeyOf(transaction, movement);
        Post(window, fact, transaction, movement, booking, null, restored.Intent, key);
    }

    private void OnIntentEnded(FlowsWindow window, Fact fact, IntentFact intent)
    {
        foreach (Movement movement in intent.Movements ?? [])
            Settle(window, fact, intent, movement);
        // What was asked and did not move stays reserved after a partial success, until somebody has looked at it.
        if (intent is { Hold: { } hold, Reason: not "partial" })
            window.Release(new HoldId(hold), intent.Reason is null ? intent.State : $"{intent.State}: {intent.Reason}");
    }

    private void Settle(FlowsWindow window, Fact fact, IntentFact intent, Movement movement)
    {
        ChainTransaction transaction = intent.Transaction
            ?? throw new InvalidOperationException($"Intent {intent.Intent} moved something without a transaction.");
        OwnAccount? from = window.Account(transaction.Chain, movement.From);
        OwnAccount? to = window.Account(transaction.Chain, movement.To);
        BookedMovement? booking = window.KindOf(transaction, movement) switch
        {
            null => MovementPosting.OfIntent(movement, from, to),
            MovementPosting.Unexplained when from is not null => MovementPosting.Explain(movement, from, to),
            _ => null,
        };
        if (booking is not null)
            Post(window, fact, transaction, movement, booking, window.DrawOn(intent, booking.Lines), intent.Root);
    }

    private void Post(
        FlowsWindow window, Fact fact, ChainTransaction transaction, Movement movement, BookedMovement booking, HoldUse? holdUse,
        Guid? intent, string? name = null)
    {
        string key = name ?? MovementPosting.KeyOf(transaction, movement);
        window.Post(
            key,
            ObservedPosting.Of(
                Guid.CreateVersion7(clock.GetUtcNow()),
                booking.Kind == MovementPosting.Explained ? $"{MovementPosting.Explained}:{key}" : key, booking, fact, transaction,
                transaction.BlockTime, movement, holdUse, intent));
    }
}
