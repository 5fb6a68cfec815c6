using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// The place of one word in a contract's storage: a field of the contract, and up to two addresses as the keys of a mapping.
/// </summary>
/// <param name="Contract">Whose storage it is.</param>
/// <param name="Field">The number of the field, as the contract counts them.</param>
/// <param name="First">The first key; zero for a field that is no mapping.</param>
/// <param name="Second">The second key; zero for a mapping with one.</param>
internal readonly record struct StorageCell(Address Contract, int Field, Address First, Address Second);
