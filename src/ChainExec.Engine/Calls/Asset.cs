using ChainExec.Ethereum;

namespace ChainExec.Calls;

/// <summary>An asset that this service books: a listed token contract, or a chain's native coin (no contract).</summary>
internal sealed record Asset(string Id, long Chain, Address? Contract, string Symbol, int Decimals);

/// <summary>The listed assets of one chain at one moment.</summary>
internal sealed class AssetSnapshot(IReadOnlyList<Asset> assets)
{
    private readonly Dictionary<Address, Asset> _byContract =
        assets.Where(asset => asset.Contract is not null).ToDictionary(asset => asset.Contract!.Value);

    public IReadOnlyList<Asset> All { get; } = assets;

    public Asset? Native { get; } = assets.FirstOrDefault(asset => asset.Contract is null);

    public Asset? Token(Address contract) => _byContract.GetValueOrDefault(contract);
}
