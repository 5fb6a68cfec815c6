using ChainExec.Ethereum;
using ChainExec.Indexing;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Reconciliation;

/// <summary>An account of the books at the moment of a proof.</summary>
internal sealed record BookedAccount(string Code, AccountKind Kind, string Asset, Guid? Owner, SignedAmount Debits, SignedAmount Credits);

/// <summary>An address of ours that has an account in the books, or of which something is not booked yet.</summary>
internal sealed record BookedWallet(string Asset, Address Address, SignedAmount Booked, SignedAmount OnItsWay);

/// <summary>A listed asset and the block at which it is proved.</summary>
/// <param name="Token">The contract; nothing for a native coin.</param>
/// <param name="Final">Nothing while the chain has no final block.</param>
internal sealed record ProvedAsset(string Asset, long Chain, Address? Token, BlockRef? Final);

/// <summary>Everything of our side of a proof, at one moment.</summary>
internal sealed record ProofSnapshot(
    DateTimeOffset At, long Position, IReadOnlyList<ProvedAsset> Assets, IReadOnlyList<BookedAccount> Accounts,
    IReadOnlyList<BookedWallet> Wallets);

/// <summary>Reads our side of a proof through the modules' views.</summary>
internal sealed class LiabilityProofStore(Database database)
{
    /// <summary>Accounts and wallets of a proof at most: a part of it would prove nothing.</summary>
    public const int RowsMax = 200_000;

    // Final movements that have no posting yet: by the names under which the books know them.
    private const string Movements = """
        select m.chain_id, m.asset_id, m."from", m."to", m.amount, m.tx_hash, m.log_index, b.number
        from   attribution.v_movement m
        join   indexing.v_block b on b.chain_id = m.chain_id and b.hash = m.block_hash and b.incarnation = m.incarnation
        where  b.status = 'final'
        """;

    private const string Snapshot = $"""
        with final_movement as ({Movements}),
             unbooked as (
               select m.* from final_movement m
               where  not exists (select from ledger.v_key k
                                  where  k.key = format('movement:%s:0x%s:%s', m.chain_id, encode(m.tx_hash, 'hex'), m.log_index))),
             moved as (
               select chain_id, asset_id, "from" as address, -amount as amount from unbooked
               union all
               select chain_id, asset_id, "to", amount from unbooked where "to" is not null),
             way as (
               select d.asset_id, d.address, sum(d.amount) as amount
               from   moved d join custody.v_account a on a.chain_id = d.chain_id and a.address = d.address
               group  by d.asset_id, d.address),
             wallet as (
               select split_part(b.code, ':', 2) as address, b.asset, b.debits - b.credits as booked
               from   ledger.v_trial_balance b where b.code like 'wallet:%')
        select 'moment' as what, null as asset, null as code, null as kind, null::uuid as owner, null::bigint as chain,
               null::bytea as address, null::numeric as debits, null::numeric as credits,
               coalesce((select max(position) from facts.v_stream), 0) as number,
               null::bytea as hash, storage.clock() as at
        union  all
        select 'asset', a.id, null, null, null, a.chain_id, a.contract, null, null, c.final_number, c.final_hash, null
        from   calls.v_asset a left join indexing.v_chain c on c.chain_id = a.chain_id
        union  all
        select 'account', b.asset, b.code, b.kind, b.owner_id, null, null, b.debits, b.credits, null, null, null
        from   ledger.v_trial_balance b
        where  b.debits <> b.credits and b.code not like 'wallet:%'
        union  all
        select 'wallet', coalesce(w.asset, y.asset_id), null, null, null, null,
               coalesce(decode(substr(w.address, 3), 'hex'), y.address), coalesce(w.booked, 0), coalesce(y.amount, 0), null, null, null
        from   wallet w full join way y on y.asset_id = w.asset and '0x' || encode(y.address, 'hex') = w.address
        limit  @limit
        """;

    /// <exception cref="InvalidOperationException">There is more than one proof can hold.</exception>
    public async Task<ProofSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        var assets = new List<ProvedAsset>();
        var accounts = new List<BookedAccount>();
        var wallets = new List<BookedWallet>();
        (DateTimeOffset At, long Position) moment = default;
        IReadOnlyList<bool> rows = await database.ReadAsync(
            Snapshot, statement => statement.With("limit", RowsMax + 1),
            reader =>
            {
                switch (reader.Text("what"))
                {
                    case "moment":
                        moment = (reader.Time("at"), reader.Long("number"));
                        break;
                    case "asset":
                        assets.Add(new ProvedAsset(
                            reader.Text("asset"), reader.Long("chain"), reader.AddressOrNull("address"),
                            reader.HashOrNull("hash") is { } hash ? new BlockRef(reader.Long("number"), hash) : null));
                        break;
                    case "account":
                        accounts.Add(new BookedAccount(
                            reader.Text("code"), reader.State<AccountKind>("kind"), reader.Text("asset"), reader.UuidOrNull("owner"),
                            reader.Signed("debits"), reader.Signed("credits")));
                        break;
                    default:
                        wallets.Add(new BookedWallet(
                            reader.Text("asset"), reader.Address("address"), reader.Signed("debits"), reader.Signed("credits")));
                        break;
                }

                return true;
            },
            cancellationToken);
        return rows.Count <= RowsMax
            ? new ProofSnapshot(moment.At, moment.Position, assets, accounts, wallets)
            : throw new InvalidOperationException($"The books have more than {RowsMax} accounts and wallets: a part proves nothing.");
    }

    /// <summary>What the indexed movements of final blocks up to one add up to at an address.</summary>
    public async Task<SignedAmount> IndexedAsync(
        ProvedAsset asset, Address address, long upTo, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            $"""
            select coalesce(sum(case when m."to" = @address then m.amount else 0 end)
                            - sum(case when m."from" = @address then m.amount else 0 end), 0) as amount
            from   ({Movements}) as m
            where  m.chain_id = @chain and m.asset_id = @asset and m.number <= @block and @address in (m."from", m."to")
            """,
            statement => statement.With("chain", asset.Chain).With("asset", asset.Asset).With("block", upTo).With("address", address),
            reader => reader.Signed("amount"), cancellationToken))[0];
}
