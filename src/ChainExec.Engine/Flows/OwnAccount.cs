using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Flows;

/// <summary>One of our addresses, as the books see it.</summary>
internal sealed record OwnAccount(Address Address, Guid Owner, bool NativeIsCustomerMoney)
{
    /// <summary>What lies there.</summary>
    public AccountSpec Wallet(Movement movement) => Book.Wallet(Address.ToHex(), movement.Asset, Owner);

    /// <summary>Who has the claim on it: the owner, or for the gas float of a sender the house.</summary>
    public AccountSpec Claim(Movement movement) =>
        movement.Kind == MovementKind.Native
            && !NativeIsCustomerMoney ? Book.HouseFloat(movement.Asset) : Book.Customer(Owner, movement.Asset);
}

/// <summary>Reads whose an address is.</summary>
internal sealed class OwnAccounts
{
    /// <summary>Whose these addresses are; those that are nobody's of ours are missing.</summary>
    public async Task<IReadOnlyDictionary<(long Chain, Address Address), OwnAccount>> FindManyAsync(
        DbSession session, IReadOnlyList<(long Chain, Address Address)> addresses, CancellationToken cancellationToken)
    {
        if (addresses.Count == 0)
            return new Dictionary<(long, Address), OwnAccount>();
        IReadOnlyList<(long Chain, OwnAccount Account)> rows = await session.Sql("""
            select a.chain_id, a.address, a.owner_id, a.native_is_customer_money
            from   unnest(@chains, @addresses) as w (chain_id, address)
            join   custody.v_account a on a.chain_id = w.chain_id and a.address = w.address
            """)
            .WithArray("chains", [.. addresses.Select(each => each.Chain)], NpgsqlDbType.Bigint)
            .WithArray("addresses", [.. addresses.Select(each => each.Address)], NpgsqlDbType.Bytea)
            .ReadAsync(reader => (reader.Long("chain_id"), Read(reader)), cancellationToken);
        return rows.ToDictionary(row => (row.Chain, row.Account.Address), row => row.Account);
    }

    private static OwnAccount Read(NpgsqlDataReader reader) =>
        new(reader.Address("address"), reader.Uuid("owner_id"), reader.Bool("native_is_customer_money"));
}
