using System.ComponentModel.DataAnnotations;
using System.Globalization;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Options;

namespace ChainExec.Calls;

/// <summary>The configured chains. An invalid or incomplete one stops the start: nothing is guessed about finality.</summary>
internal sealed class ChainDirectory
{
    private readonly Dictionary<long, ChainProfile> _byId = [];
    private readonly Dictionary<string, ChainProfile> _byName = new(StringComparer.Ordinal);

    public ChainDirectory(IOptions<ChainsOptions> options, IHttpClientFactory http, TimeProvider clock)
    {
        foreach (ChainOptions chain in options.Value.Chains)
        {
            ChainProfile profile = Read(chain, http, clock);
            if (!_byId.TryAdd(profile.Id, profile) || !_byName.TryAdd(profile.Name, profile))
                throw new OptionsValidationException(
                    ChainsOptions.Section, typeof(ChainsOptions), [$"Chain {chain.Id} ({chain.Name}) is configured twice."]);
        }
    }

    public IReadOnlyCollection<ChainProfile> All => _byId.Values;

    /// <exception cref="KeyNotFoundException">The chain is not configured.</exception>
    public ChainProfile Get(long id) => _byId.TryGetValue(id, out ChainProfile? profile)
        ? profile
        : throw new KeyNotFoundException($"Chain {id} is not configured.");

    /// <summary>Finds by id in decimal or by name.</summary>
    public ChainProfile? Find(string idOrName) =>
        long.TryParse(idOrName, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            ? _byId.GetValueOrDefault(id)
            : _byName.GetValueOrDefault(idOrName);

    private static ChainProfile Read(ChainOptions chain, IHttpClientFactory http, TimeProvider clock)
    {
        Validate(chain, $"Chains:{chain.Name}");
        FinalityOptions finality = chain.Finality
            ?? throw Invalid($"Chain {chain.Id} has no finality profile: set Finality:Mode (tag or depth) and Finality:Quorum.");
        Validate(finality, $"Chains:{chain.Name}:Finality");
        if (finality.Quorum > chain.Providers.Count)
            throw Invalid($"Chain {chain.Id} wants {finality.Quorum} agreeing providers and has {chain.Providers.Count}.");
        if (!Enum.IsDefined(chain.DataFee))
            throw Invalid($"Chain {chain.Id}: DataFee is {string.Join(" or ", Enum.GetNames<DataFeeModel>())}.");
        if (chain.StuckAfter <= TimeSpan.Zero)
            throw Invalid($"Chain {chain.Id}: StuckAfter is a time above zero.");
        if (finality is { Mode: "depth", Depth: 0 })
            throw Invalid($"Chain {chain.Id} has finality by depth without a depth.");

        var providers = new List<ChainProvider>();
        foreach (ProviderOptions provider in chain.Providers)
        {
            Validate(provider, $"Chains:{chain.Name}:Providers");
            providers.Add(new ChainProvider(
                provider.Name,
                new RpcClient(provider.Name, provider.Http!, http.CreateClient("rpc"), new RpcClientOptions(), clock),
                provider.WebSocket));
        }

        if (providers.Select(provider => provider.Name).Distinct().Count() != providers.Count)
            throw Invalid($"Chain {chain.Id} has two providers of one name.");
        return new ChainProfile(
            chain.Id, chain.Name, chain.NativeSymbol, chain.StartBlock, chain.PollInterval, chain.ResendInterval,
            finality.Mode == "tag" ? FinalityMode.Tag : FinalityMode.Depth, finality.Depth, finality.Quorum, providers,
            chain.FillAddress is { } fill ? Address.Parse(fill) : null)
        {
            StuckAfter = chain.StuckAfter,
            DataFee = chain.DataFee,
            DataFeeMarginPercent = chain.DataFeeMarginPercent,
            Completeness = Enum.Parse<Completeness>(chain.Completeness, ignoreCase: true),
            DemandsHeaderProof = chain.HeaderProof == "demanded",
            Backfill = Enum.Parse<BackfillReads>(chain.Backfill, ignoreCase: true),
            ScansBack = chain.ScanBack,
            BatchCallsMax = chain.BatchCallsMax,
            BatchDelegates = chain.BatchDelegates.Select(text => Address.TryParse(text, out Address delegated, out string? error)
                ? delegated
                : throw Invalid($"Chain {chain.Id}: BatchDelegates has {text}, which is no address: {error}")).ToHashSet(),
        };
    }

    private static void Validate(object options, string path)
    {
        var results = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true))
            throw Invalid([.. results.Select(result => $"{path}: {result.ErrorMessage}")]);
    }

    private static OptionsValidationException Invalid(params string[] failures) =>
        new(ChainsOptions.Section, typeof(ChainsOptions), failures);
}
