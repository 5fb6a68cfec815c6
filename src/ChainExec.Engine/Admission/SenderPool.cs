using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Ledger;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Admission;

/// <summary>
/// Draws who of an account's pool pays: when the intent is admitted, because the sender is part of the effect that is approved, signed and
/// judged. What is drawn stays drawn, also when another one is idle later.
/// </summary>
internal sealed class SenderPool(AccountStore accounts, JournalSync journal)
{
    // All that a payment's hold still reserves is spoken for, until the ledger has it: of an intent whose transaction is final and not
    // booked too, and of an operator's new attempt. Beyond a thousand under way it does not matter who has more. Whoever was empty is tried
    // again after a while: only what it sends would show that it is not.
    private const string Load = """
        select a.account_id, l.open, coalesce(w.balance, 0) - coalesce(s.spoken_for, 0) >= @amount as has_money,
               exists (select from execution.v_family_sender f
                       where f.family_key = @family and f.chain_id = a.chain_id and f.sender = a.address) as knows,
               not (exists (select from execution.v_sender_pause p
                            where  p.chain_id = a.chain_id and p.sender = a.address
                            and    (p.kind <> 'empty' or p.paused_at > storage.clock() - interval '10 minutes'))
                    or exists (select from execution.v_incident i
                               where  i.chain_id = a.chain_id and i.sender = a.address and i.kind <> 'sender_empty')
                    or exists (select from governance.v_freeze f
                               where (f.scope = 'account' and f.subject = replace(a.account_id::text, '-', ''))
                               or    (f.scope = 'address' and f.subject = '0x' || encode(a.address, 'hex')))) as is_well
        from   unnest(@accounts, @wallets) as m (account, wallet)
        join   custody.v_account a on a.account_id = m.account
        left   join ledger.v_account w on w.code = m.wallet
        left   join (
          select i.chain_id, i.sender, sum(h.remaining) as spoken_for
          from   ledger.v_hold h
          join   execution.v_intent_sender i
                 on i.intent_id = case when h.bound_to ~ '^intent:[0-9a-f]{32}$' then substr(h.bound_to, 8)::uuid end
          where  h.account_code = @claim and h.state in ('held', 'partial')
          group  by i.chain_id, i.sender) as s on s.chain_id = a.chain_id and s.sender = a.address
        cross  join lateral (
          select count(*) as open
          from  (select from execution.v_open_intent i where i.chain_id = a.chain_id and i.sender = a.address limit 1000) as few) as l
        order  by a.address
        """;

    /// <summary>
    /// Whose nonce carried the payment before, when a restored backup forgot that it did; or else of those that have the money, the well
    /// ones first, whoever has least to do; never one that would be paid itself. Nothing when none has the money.
    /// </summary>
    /// <param name="candidate">What is to be paid.</param>
    /// <param name="claim">The account in the books that pays it.</param>
    /// <param name="spent">What it takes from its sender.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="UncomparedException">
    /// A sender was not compared with the signer's journal since this database was met: it may have made this very payment.
    /// </exception>
    public async Task<CustodyAccount?> DrawAsync(
        Candidate candidate, AccountSpec claim, ExpectedMovement spent, CancellationToken cancellationToken)
    {
        IReadOnlyList<CustodyAccount> pool = await accounts.LockPoolAsync(candidate.Session, candidate.Account.Id, cancellationToken);
        await RequireComparedAsync(candidate.Session, pool, cancellationToken);
        bool isBatch = candidate.Request.Calls.Count > 1;
        HashSet<Address> paid = [.. candidate.Spending.Select(movement => movement.To)];
        Dictionary<Guid, CustodyAccount> able = pool.Where(one => (!isBatch || one.Batches) && !paid.Contains(one.Address))
            .ToDictionary(one => one.Id.Value);
        string asset = candidate.AssetOf(spent).Id;
        IReadOnlyList<Sender> senders = await candidate.Session.Sql(Load)
            .With("family", candidate.FamilyKey).With("claim", claim.Code).With("amount", spent.Amount)
            .WithArray("accounts", [.. able.Keys], NpgsqlDbType.Uuid)
            .WithArray(
                "wallets", [.. able.Values.Select(one => Book.Wallet(one.Address.ToHex(), asset, candidate.Owner).Code)],
                NpgsqlDbType.Text)
            .ReadAsync(
                reader => new Sender(
                    able[reader.Uuid("account_id")], reader.Long("open"), reader.Bool("knows"), reader.Bool("is_well"),
                    reader.Bool("has_money")),
                cancellationToken);
        return senders.Where(one => one.Knows || one.HasMoney)
            .OrderByDescending(one => one.Knows).ThenByDescending(one => one.IsWell).ThenBy(one => one.Open)
            .FirstOrDefault()?.Account;
    }

    /// <summary>
    /// Has whoever draws for the name that a sender pays in wait until this transaction is over: it sees what this one takes.
    /// </summary>
    public Task LockFrontAsync(DbSession session, CustodyAccount sender, CancellationToken cancellationToken) =>
        sender.PoolOf is { } front ? accounts.LockPoolAsync(session, front, cancellationToken) : Task.CompletedTask;

    // After a restored backup the journal knows payments that this database does not: who draws before it was read draws anybody.
    private async Task RequireComparedAsync(DbSession session, IReadOnlyList<CustodyAccount> pool, CancellationToken cancellationToken)
    {
        try
        {
            await journal.RequireSameDatabaseAsync(session, cancellationToken);
        }
        catch (StaleWriteException)
        {
            throw new UncomparedException(pool);
        }

        if (pool.Any(one => !journal.IsChecked(one.Chain, one.Address)))
            throw new UncomparedException(pool);
    }

    /// <summary>These senders are to be compared with the signer's journal first.</summary>
    internal sealed class UncomparedException(IReadOnlyList<CustodyAccount> pool) : Exception
    {
        public IReadOnlyList<CustodyAccount> Pool { get; } = pool;
    }

    /// <param name="Open">Intents that it has under way.</param>
    /// <param name="Knows">Whether a carrier of this very payment is its.</param>
    /// <param name="IsWell">Whether nothing is known that would keep it from paying.</param>
    private sealed record Sender(CustodyAccount Account, long Open, bool Knows, bool IsWell, bool HasMoney);
}
