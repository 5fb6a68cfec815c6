using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>
/// Turns final facts into postings: dedupe, posting, hold and cursor commit together. Written by hand until the flow engine comes. Only
/// observed movements are posted; the key of a movement is one, so whichever rule comes second finds it booked.
/// </summary>
internal sealed class FlowsConsumer(LedgerStore ledger, OwnAccounts accounts, TimeProvider clock) : FactConsumer
{
    private const string Confirmed = IntentFact.TypePrefix + "confirmed";

    // What all holds of intents are bound to begins so.
    private const string IntentHolds = "intent:";

    // An intent's end, in any of its forms, resolves its hold.
    private static readonly HashSet<string> IntentEnds =
    [
        Confirmed, IntentFact.TypePrefix + "failed", IntentFact.TypePrefix + "cancelled", IntentFact.TypePrefix + "expired",
    ];

    private static readonly HashSet<string> Wanted = [MovementConfirmed.Type, .. IntentEnds];

    public override string Name => "flows";

    public override IReadOnlySet<string> Types => Wanted;

    /// <summary>A posting locks the owner's account until the commit, and admissions of the owner wait for it.</summary>
    public override int WindowMax => 10;

    public override Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken) =>
        fact.Type == MovementConfirmed.Type
            ? OnMovementAsync(session, fact, fact.Read<MovementConfirmed>(), cancellationToken)
            : OnIntentEndedAsync(session, fact, fact.Read<IntentFact>(), cancellationToken);

    private async Task OnMovementAsync(DbSession session, Fact fact, MovementConfirmed confirmed, CancellationToken cancellationToken)
    {
        (ChainTransaction transaction, Movement movement) = (confirmed.Transaction, confirmed.Movement);
        OwnAccount? from = await accounts.FindAsync(session, transaction.Chain, movement.From, cancellationToken);
        if (movement.Kind == MovementKind.Gas)
        {
            if (from is not null)
            {
                BookedMovement gas = MovementPosting.OfGas(movement, from, confirmed.Intent is not null, transaction.Succeeded);
                await PostAsync(session, fact, transaction, movement, gas, null, confirmed.Intent, cancellationToken);
            }

            return;
        }

        // What an intent of ours spent is booked when the intent is judged, together with its hold.
        if ((confirmed.Intent is not null && from is not null)
            || await KindOfAsync(session, transaction, movement, cancellationToken) is not null)
            return;
        OwnAccount? to = await accounts.FindAsync(session, transaction.Chain, movement.To, cancellationToken);
        if (MovementPosting.OfNobody(movement, from, to) is { } booking)
            await PostAsync(session, fact, transaction, movement, booking, null, confirmed.Intent, cancellationToken);
    }

    private async Task OnIntentEndedAsync(DbSession session, Fact fact, IntentFact intent, CancellationToken cancellationToken)
    {
        foreach (Movement movement in intent.Movements ?? [])
            await SettleAsync(session, fact, intent, movement, cancellationToken);
        // What was asked and did not move stays reserved after a partial success, until somebody has looked at it.
        if (intent is not { Hold: { } hold, Reason: not "partial" })
            return;
        string reason = intent.Reason is null ? intent.State : $"{intent.State}: {intent.Reason}";
        await ledger.ReleaseHoldAsync(session, new HoldId(hold), IntentHolds, reason, cancellationToken);
    }

    private async Task SettleAsync(DbSession session, Fact fact, IntentFact intent, Movement movement, CancellationToken cancellationToken)
    {
        ChainTransaction transaction = intent.Transaction
            ?? throw new InvalidOperationException($"Intent {intent.Intent} moved something without a transaction.");
        OwnAccount? from = await accounts.FindAsync(session, transaction.Chain, movement.From, cancellationToken);
        OwnAccount? to = await accounts.FindAsync(session, transaction.Chain, movement.To, cancellationToken);
        BookedMovement? booking = await KindOfAsync(session, transaction, movement, cancellationToken) switch
        {
            null => MovementPosting.OfIntent(movement, from, to),
            MovementPosting.Unexplained when from is not null => MovementPosting.Explain(movement, from, to),
            _ => null,
        };
        if (booking is null)
            return;
        HoldUse? use = await HoldUseAsync(session, intent, booking.Lines, cancellationToken);
        await PostAsync(session, fact, transaction, movement, booking, use, intent.Root, cancellationToken);
    }

    private async Task<HoldUse?> HoldUseAsync(
        DbSession session, IntentFact intent, IReadOnlyList<PostingLine> lines, CancellationToken cancellationToken)
    {
        if (intent.Hold is not { } own)
            return null;
        List<Hold> holds = [.. await ledger.HoldsAsync(session, $"intent:{intent.Root:n}", cancellationToken)];
        // An operator's new attempt has a hold of its own: the first one of its family was resolved when that failed.
        if (holds.All(hold => hold.Id.Value != own) && await ledger.FindHoldAsync(session, new HoldId(own), cancellationToken) is { } later)
            holds.Add(later);
        Hold? hold = holds.FirstOrDefault(open =>
            !open.Remaining.IsZero && lines.Any(line => line.Side == EntrySide.Debit && line.Account.Code == open.AccountCode));
        if (hold is null)
            return null;
        PostingLine drawn = lines.First(line => line.Side == EntrySide.Debit && line.Account.Code == hold.AccountCode);
        return new HoldUse(hold.Id, drawn.Amount < hold.Remaining ? drawn.Amount : hold.Remaining);
    }

    private async Task PostAsync(
        DbSession session, Fact fact, ChainTransaction transaction, Movement movement, BookedMovement booking, HoldUse? holdUse,
        Guid? intent, CancellationToken cancellationToken)
    {
        string key = MovementPosting.KeyOf(transaction, movement);
        var context = new { fact = fact.Position, transaction.Chain, transaction.TxHash, transaction.BlockNumber, movement };
        await ledger.PostAsync(
            session,
            new Posting
            {
                Id = new LedgerTransactionId(Guid.CreateVersion7(clock.GetUtcNow())),
                Key = booking.Kind == MovementPosting.Explained ? $"{MovementPosting.Explained}:{key}" : key,
                Kind = booking.Kind,
                Context = JsonSerializer.Serialize(context, FactJson.Options),
                EffectiveAt = transaction.BlockTime,
                Lines = booking.Lines,
                HoldUse = holdUse,
                SourcePosition = fact.Position,
                IsObserved = true,
                Lineage = new PostingLineage(
                    FlowNode: Name, Intent: intent, ExternalEvent: $"{transaction.Chain}:{transaction.TxHash}"),
            },
            cancellationToken);
    }

    private static async Task<string?> KindOfAsync(
        DbSession session, ChainTransaction transaction, Movement movement, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> kinds = await session.Sql(
                "select t.kind from ledger.v_key k join ledger.v_transaction t on t.id = k.transaction_id where k.key = @key")
            .With("key", MovementPosting.KeyOf(transaction, movement)).ReadAsync(reader => reader.Text("kind"), cancellationToken);
        return kinds.Count == 0 ? null : kinds[0];
    }
}
