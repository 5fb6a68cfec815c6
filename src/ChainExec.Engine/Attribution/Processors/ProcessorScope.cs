using ChainExec.Calls;
using ChainExec.Ethereum;

namespace ChainExec.Attribution.Processors;

/// <summary>What was ours and what was listed when the transaction was told, however late it is processed.</summary>
public sealed class ProcessorScope
{
    private readonly IReadOnlyDictionary<Address, DateTimeOffset> _registered;
    private readonly DateTimeOffset _at;

    /// <param name="registered">Accounts of ours, with when each was registered.</param>
    /// <param name="at">When the transaction was told.</param>
    internal ProcessorScope(IReadOnlyDictionary<Address, DateTimeOffset> registered, DateTimeOffset at, AssetSnapshot assets) =>
        (_registered, _at, Assets) = (registered, at, assets);

    internal AssetSnapshot Assets { get; }

    /// <summary>
    /// Whether an address is an account of ours on the chain. Known for addresses that stand in the transaction: sender, recipient,
    /// emitters, and words of topics and data.
    /// </summary>
    public bool IsOurs(Address address) => _registered.TryGetValue(address, out DateTimeOffset since) && since <= _at;

    /// <summary>The id of a listed token in the asset registry; null when nobody listed the contract.</summary>
    public string? AssetOf(Address contract) => Assets.Token(contract)?.Id;
}
