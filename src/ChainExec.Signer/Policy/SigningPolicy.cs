using ChainExec.Ethereum;

namespace ChainExec.Signer.Policy;

/// <summary>What this signer may sign. What the policy does not name is refused.</summary>
/// <param name="Chains">Per EIP-155 chain id.</param>
internal sealed record SigningPolicy(IReadOnlyDictionary<ulong, ChainPolicy> Chains);

/// <summary>The policy of one chain.</summary>
/// <param name="Contracts">Contracts that may be called.</param>
/// <param name="Native">Limits of plain transfers of the chain's own coin; null forbids them.</param>
/// <param name="FeeMax">Most that one transaction may pay for gas (gas limit x fee cap), wei.</param>
/// <param name="FillAddress">A plain address that fills may go to instead of to their own sender, or null.</param>
/// <param name="Batches">Limits of batches; null forbids them.</param>
internal sealed record ChainPolicy(
    IReadOnlyDictionary<Address, ContractPolicy> Contracts, AssetLimits? Native, UInt256 FeeMax, Address? FillAddress,
    BatchPolicy? Batches);

/// <summary>What accounts that are delegated (EIP-7702) may do in one transaction.</summary>
/// <param name="Delegates">Contracts that an account of this signer may be delegated to.</param>
/// <param name="CallsMax">Most calls of one batch.</param>
internal sealed record BatchPolicy(IReadOnlySet<Address> Delegates, int CallsMax);

/// <summary>The policy of one contract.</summary>
/// <param name="Name">A name for operators.</param>
/// <param name="Functions">Canonical signatures that may be called.</param>
/// <param name="Limits">Amounts and counterparties.</param>
internal sealed record ContractPolicy(string Name, IReadOnlySet<string> Functions, AssetLimits Limits);

/// <summary>Limits on one asset, base units.</summary>
/// <param name="PerCallMax">Most that one call may move or approve.</param>
/// <param name="PerDayMax">Most that all calls of one UTC day together may move or approve.</param>
/// <param name="Destinations">Who may receive or spend; null means anyone.</param>
internal sealed record AssetLimits(UInt256 PerCallMax, UInt256 PerDayMax, IReadOnlySet<Address>? Destinations);
