using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;
using ChainExec.Storage;

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
    public Task<OwnAccount?> FindAsync(DbSession session, long chain, Address? address, CancellationToken cancellationToken) =>
        address is null
            ? Task.FromResult<OwnAccount?>(null)
            : session.Sql(
                "select address, owner_id, native_is_customer_money from custody.v_account where chain_id = @chain and address = @address")
                .With("chain", chain).With("address", address)
                .ReadSingleAsync(
                    reader => new OwnAccount(reader.Address("address"), reader.Uuid("owner_id"), reader.Bool("native_is_customer_money")),
                    cancellationToken);
}
