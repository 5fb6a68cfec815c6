using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;

namespace ChainExec.Flows;

/// <summary>
/// What a final transaction moved, or moves no more, as the ledger takes it. By its event and its context it is found again when the
/// transaction is undone.
/// </summary>
internal static class ObservedPosting
{
    /// <summary>The node by which these postings are told from others of the same event.</summary>
    public const string Node = "flows";

    /// <summary>What all postings of a transaction have in common, in whatever block it is.</summary>
    public static string EventOf(ChainTransaction transaction) => $"{transaction.Chain}:{transaction.TxHash}";

    /// <summary>The posting. Its context names the block, because the same bytes may be mined again in another.</summary>
    /// <param name="movement">The one movement that it books; nothing when it books what is left of several.</param>
    public static Posting Of(
        Guid id, string key, BookedMovement booking, Fact fact, ChainTransaction transaction, DateTimeOffset effectiveAt,
        Movement? movement = null, HoldUse? holdUse = null, Guid? intent = null) => new()
    {
        Id = new LedgerTransactionId(id),
        Key = key,
        Kind = booking.Kind,
        Context = JsonSerializer.Serialize(
            new
            {
                fact = fact.Position, transaction.Chain, transaction.TxHash, transaction.BlockNumber, transaction.BlockHash,
                transaction.Incarnation, movement,
            },
            FactJson.Options),
        EffectiveAt = effectiveAt,
        Lines = booking.Lines,
        HoldUse = holdUse,
        SourcePosition = fact.Position,
        IsObserved = true,
        Lineage = new PostingLineage(FlowNode: Node, Intent: intent, ExternalEvent: EventOf(transaction)),
    };
}
