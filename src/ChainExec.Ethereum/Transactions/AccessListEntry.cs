namespace ChainExec.Ethereum.Transactions;

/// <summary>One account of an EIP-2930 access list and the storage keys of it that the transaction announces.</summary>
/// <param name="Address">The account.</param>
/// <param name="StorageKeys">The keys; may be empty.</param>
public sealed record AccessListEntry(Address Address, IReadOnlyList<Hash32> StorageKeys);
