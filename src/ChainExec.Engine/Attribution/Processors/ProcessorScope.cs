using ChainExec.Calls;
using ChainExec.Ethereum;

namespace ChainExec.Attribution.Processors;

/// <summary>What is ours and what is listed, as it was when the log was processed.</summary>
public sealed class ProcessorScope
{
    private readonly IReadOnlySet<Address> _ours;

    internal ProcessorScope(IReadOnlySet<Address> ours, AssetSnapshot assets) => (_ours, Assets) = (ours, assets);

    internal AssetSnapshot Assets { get; }

    /// <summary>
    /// Whether an address is an account of ours on the chain. Known for addresses that stand in the transaction: sender, recipient,
    /// emitters, and words of topics and data.
    /// </summary>
    public bool IsOurs(Address address) => _ours.Contains(address);

    /// <summary>The id of a listed token in the asset registry; null when nobody listed the contract.</summary>
    public string? AssetOf(Address contract) => Assets.Token(contract)?.Id;
}
