using System.Numerics;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>A fact that tells of a transaction which is undone.</summary>
internal readonly record struct UndoneSeen(Fact Fact, ChainTransaction Transaction);

/// <summary>
/// Takes back what undone transactions have moved in the books: wallets show what the chain shows, and what is owed to customers stays,
/// because the same bytes may well be mined again. The difference stands in suspense, item by item, for an operator.
/// </summary>
internal sealed class UndoneBook(LedgerStore ledger, TimeProvider clock)
{
    // What of it was taken back before counts too: so what is told late, or twice, is taken back once. The same bytes in another block are
    // something else. What was booked before blocks were noted beside it was booked once only.
    private const string MovedSql = """
        select case when t.kind in ('gas', 'gas.wasted', 'gas.fill') then t.kind else '' end as kind,
               e.account_code, e.asset, e.owner_id, sum(case when e.side = 'debit' then e.amount else -e.amount end) as moved
        from   ledger.v_transaction t
        join   ledger.v_entry e on e.transaction_id = t.id
        where  t.external_event = @event and t.flow_node = @node and e.account_code like 'wallet:%'
        and    coalesce(t.context->>'block_hash', @block) = @block
        and    coalesce((t.context->>'incarnation')::int, @incarnation) = @incarnation
        group  by 1, 2, 3, 4
        having sum(case when e.side = 'debit' then e.amount else -e.amount end) <> 0
        order  by 1, 2, 3
        """;

    /// <summary>In the transaction of whoever tells, after all else that it books of them.</summary>
    public async Task TakeBackAsync(DbSession session, IReadOnlyList<UndoneSeen> undone, CancellationToken cancellationToken)
    {
        foreach ((Fact fact, ChainTransaction transaction) in undone)
        {
            IReadOnlyList<(string Kind, AccountSpec Wallet, BigInteger Debit)> moved = await session.Sql(MovedSql)
                .With("event", ObservedPosting.EventOf(transaction)).With("node", ObservedPosting.Node)
                .With("block", transaction.BlockHash.ToString()).With("incarnation", transaction.Incarnation)
                .ReadAsync(
                    reader => (
                        reader.Text("kind"),
                        new AccountSpec(
                            reader.Text("account_code"), AccountKind.Asset, reader.Text("asset"), reader.UuidOrNull("owner_id")),
                        reader.GetFieldValue<BigInteger>(reader.GetOrdinal("moved"))),
                    cancellationToken);
            Posting[] postings =
            [
                .. moved.GroupBy(one => one.Kind).Select(same => ObservedPosting.Of(
                    Guid.CreateVersion7(clock.GetUtcNow()),
                    $"{MovementPosting.Undone}:{transaction.Chain}:{transaction.TxHash}:{fact.Position}:{same.Key}",
                    MovementPosting.OfUndone(same.Key, [.. same.Select(one => (one.Wallet, one.Debit))]), fact, transaction,
                    fact.OccurredAt)),
            ];
            if (postings.Length == 0)
                continue;
            await ledger.LockAsync(
                session, [.. postings.SelectMany(posting => posting.Lines).Select(line => line.Account.Code).Distinct()],
                cancellationToken);
            await ledger.PostAllAsync(session, postings, cancellationToken);
        }
    }
}
