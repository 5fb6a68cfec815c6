using System.Numerics;
using System.Text.Json;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Payments.Lending;

/// <summary>Sets how much may be lent to a customer. The limit is the balance of the line; what is lent is held there.</summary>
internal sealed class CreditLines(LedgerStore ledger)
{
    /// <summary>
    /// Sets the limit, whatever it was and whatever is lent: below that nothing more is lent until enough is paid back.
    /// </summary>
    /// <param name="session">The caller's transaction.</param>
    /// <param name="owner">The customer.</param>
    /// <param name="limit">Cents; nothing ends the line.</param>
    /// <param name="actor">Who sets it.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the wait for the line's lock.</param>
    public async Task SetAsync(
        DbSession session, Guid owner, TokenAmount limit, string actor, string reason, CancellationToken cancellationToken)
    {
        AccountSpec line = Book.CreditLine(owner, Lend.Dollar);
        AccountSpec capital = Book.LendingCapital(Lend.Dollar);
        await ledger.OpenAccountAsync(session, line, cancellationToken);
        // Locked before it is read: of two who set it at once each sees what the other left.
        await ledger.LockAsync(session, [line.Code], cancellationToken);
        IReadOnlyList<(BigInteger Balance, DateTimeOffset At)> rows = await session
            .Sql("select balance, storage.clock() as at from ledger.v_account where code = @code").With("code", line.Code)
            .ReadAsync(reader => (reader.Signed("balance").BaseUnits, reader.Time("at")), cancellationToken);
        BigInteger more = limit.BaseUnits - rows[0].Balance;
        if (more.IsZero)
            return;
        var amount = new TokenAmount(BigInteger.Abs(more));
        var id = Guid.CreateVersion7(rows[0].At);
        await ledger.PostAsync(
            session,
            new Posting
            {
                Id = new LedgerTransactionId(id),
                Key = $"credit_line:{id:n}",
                Kind = "credit_line_set",
                Context = JsonSerializer.Serialize(new { limit = limit.ToString(), reason }),
                EffectiveAt = rows[0].At,
                Lines = more.Sign > 0
                    ? [PostingLine.Debit(capital, amount), PostingLine.Credit(line, amount)]
                    : [PostingLine.Debit(line, amount), PostingLine.Credit(capital, amount)],
                Lineage = new PostingLineage(Actor: actor),
                IsObserved = true,
            },
            cancellationToken);
    }
}
