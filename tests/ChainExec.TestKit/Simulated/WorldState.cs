using System.Collections.Immutable;
using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>Everything that a block leaves behind. Immutable: every block keeps its own, and going back is taking another one.</summary>
internal sealed record WorldState(ImmutableDictionary<Address, AccountState> Accounts, ImmutableDictionary<StorageCell, UInt256> Storage)
{
    public static WorldState Empty { get; } = new(
        ImmutableDictionary<Address, AccountState>.Empty, ImmutableDictionary<StorageCell, UInt256>.Empty);

    public AccountState this[Address address] => Accounts.GetValueOrDefault(address);

    public UInt256 this[StorageCell cell] => Storage.GetValueOrDefault(cell);

    public WorldState With(Address address, AccountState account) => this with { Accounts = Accounts.SetItem(address, account) };

    public WorldState With(StorageCell cell, UInt256 value) =>
        this with { Storage = value.IsZero ? Storage.Remove(cell) : Storage.SetItem(cell, value) };

    public WorldState Credit(Address address, UInt256 amount)
    {
        AccountState account = this[address];
        return With(address, account with { Balance = account.Balance + amount });
    }

    /// <exception cref="OverflowException">The account has less.</exception>
    public WorldState Debit(Address address, UInt256 amount)
    {
        AccountState account = this[address];
        return With(address, account with { Balance = account.Balance - amount });
    }

    public WorldState Advance(Address address)
    {
        AccountState account = this[address];
        return With(address, account with { Nonce = account.Nonce + 1 });
    }
}
