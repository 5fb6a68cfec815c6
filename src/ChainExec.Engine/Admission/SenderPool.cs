using System.Numerics;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ledger;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Admission;

/// <summary>
/// Draws who of an account's pool pays: when the intent is admitted, because the sender is part of the effect that is approved, signed and
/// judged. What is drawn stays drawn, also when another one is idle later.
/// </summary>
internal sealed class SenderPool(AccountStore accounts)
{
    private const string Load = """
        select a.account_id, l.open, coalesce(w.balance, 0) - l.spoken_for as room,
               exists (select from execution.v_family_sender f
                       where f.family_key = @family and f.chain_id = a.chain_id and f.sender = a.address) as knows,
               not (exists (select from execution.v_sender_pause p where p.chain_id = a.chain_id and p.sender = a.address)
                    or exists (select from execution.v_incident i where i.chain_id = a.chain_id and i.sender = a.address)
                    or exists (select from governance.v_freeze f
                               where (f.scope = 'account' and f.subject = replace(a.account_id::text, '-', ''))
                               or    (f.scope = 'address' and f.subject = '0x' || encode(a.address, 'hex')))) as is_well
        from   unnest(@accounts, @wallets) as m (account, wallet)
        join   custody.v_account a on a.account_id = m.account
        left   join ledger.v_account w on w.code = m.wallet
        cross  join lateral (
          select count(*) as open, coalesce(sum(h.remaining) filter (where h.asset = @asset), 0) as spoken_for
          from   execution.v_open_intent i left join ledger.v_hold h on h.id = i.hold_id
          where  i.chain_id = a.chain_id and i.sender = a.address) as l
        order  by a.address
        """;

    /// <summary>
    /// Whose nonce carried the payment before, when a restored backup forgot that it did; or else of those that have the money, the well
    /// ones first, whoever has least to do. Nothing when none has the money.
    /// </summary>
    public async Task<CustodyAccount?> DrawAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        IReadOnlyList<CustodyAccount> pool = await accounts.LockPoolAsync(candidate.Session, candidate.Account.Id, cancellationToken);
        bool isBatch = candidate.Request.Calls.Count > 1;
        Dictionary<Guid, CustodyAccount> able = pool.Where(one => !isBatch || one.Batches).ToDictionary(one => one.Id.Value);
        ExpectedMovement? spent = candidate.Spent;
        string asset = spent is null ? "" : candidate.AssetOf(spent).Id;
        IReadOnlyList<Sender> senders = await candidate.Session.Sql(Load)
            .With("family", candidate.FamilyKey).With("asset", asset)
            .WithArray("accounts", [.. able.Keys], NpgsqlDbType.Uuid)
            .WithArray(
                "wallets",
                [.. able.Values.Select(one => spent is null ? "" : Book.Wallet(one.Address.ToHex(), asset, candidate.Owner).Code)],
                NpgsqlDbType.Text)
            .ReadAsync(
                reader => new Sender(
                    able[reader.Uuid("account_id")], reader.Long("open"), reader.Bool("knows"), reader.Bool("is_well"),
                    spent is null || reader.GetFieldValue<BigInteger>(reader.GetOrdinal("room")) >= spent.Amount.BaseUnits),
                cancellationToken);
        return senders.Where(one => one.Knows || one.HasMoney)
            .OrderByDescending(one => one.Knows).ThenByDescending(one => one.IsWell).ThenBy(one => one.Open)
            .FirstOrDefault()?.Account;
    }

    /// <param name="Open">Intents that it has under way.</param>
    /// <param name="Knows">Whether a carrier of this very payment is its.</param>
    /// <param name="IsWell">Whether nothing is known that would keep it from paying.</param>
    private sealed record Sender(CustodyAccount Account, long Open, bool Knows, bool IsWell, bool HasMoney);
}
