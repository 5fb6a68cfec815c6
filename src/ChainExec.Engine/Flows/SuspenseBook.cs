using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>
/// Evidence of money is booked always: against suspense when no rule takes it, with a discrepancy; and that posting is undone when a rule
/// takes it later, which then books what it means.
/// </summary>
internal sealed class SuspenseBook(LedgerStore ledger, DiscrepancyStore discrepancies)
{
    private const string Suspended = "flow_suspense";
    private const string Released = "flow_suspense_undone";

    public async Task SuspendAsync(
        DbSession session, IMoneyEvidence money, string kind, Guid? context, Moment moment, CancellationToken cancellationToken)
    {
        Guid id = FlowIds.OfEvent(moment.At, $"{money.EventId}\n{moment.Position}", Suspended);
        await session.Sql("update flows.event set suspended = true where position = @position and state <> 'consumed'")
            .With("position", moment.Position).ExecuteAsync(cancellationToken);
        await discrepancies.OpenAsync(session, id, kind, money.CorrelationKey, context, money, moment, cancellationToken);
        await PostAsync(session, money, Suspended, undo: false, moment.Position, moment, cancellationToken);
    }

    public async Task ReleaseAsync(
        DbSession session, IMoneyEvidence money, long eventPosition, Moment moment, CancellationToken cancellationToken)
    {
        await discrepancies.ResolveAsync(session, eventPosition, moment, cancellationToken);
        await PostAsync(session, money, Released, undo: true, eventPosition, moment, cancellationToken);
    }

    private Task PostAsync(
        DbSession session, IMoneyEvidence money, string kind, bool undo, long eventPosition, Moment moment,
        CancellationToken cancellationToken)
    {
        AccountSpec suspense = Book.Suspense(money.Account.Asset);
        bool debitsAccount = (money.Side == EntrySide.Debit) != undo;
        Guid id = FlowIds.OfEvent(moment.At, $"{money.EventId}\n{eventPosition}", kind);
        return ledger.PostAsync(
            session,
            new Posting
            {
                Id = new LedgerTransactionId(id),
                Key = $"{kind}:{eventPosition}",
                Kind = kind,
                Context = JsonSerializer.Serialize(new { money.EventId, eventPosition, money.CorrelationKey }, FactJson.Options),
                EffectiveAt = moment.At,
                Lines =
                [
                    PostingLine.Debit(debitsAccount ? money.Account : suspense, money.Amount),
                    PostingLine.Credit(debitsAccount ? suspense : money.Account, money.Amount),
                ],
                SourcePosition = moment.Position,
            },
            cancellationToken);
    }
}
