using ChainExec.Calls;
using ChainExec.Indexing.Backfill;
using ChainExec.Indexing.Gaps;
using ChainExec.Indexing.Retention;
using ChainExec.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Indexing;

/// <summary>Registers the index: one follower per configured chain, isolated from the others.</summary>
internal static class IndexingModule
{
    /// <summary>The stores and reads; also for hosts that do not index.</summary>
    public static IServiceCollection AddIndexing(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<IndexingOptions>().Bind(configuration.GetSection(IndexingOptions.Section)).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<ChainStore>();
        services.AddSingleton<BlockStore>();
        services.AddSingleton<QuarantineStore>();
        services.AddSingleton<WatchedEvents>();
        services.AddSingleton<RelevantRowWriter>();
        services.AddSingleton<BackfillRowWriter>();
        services.AddSingleton<BackfillStore>();
        services.AddSingleton<OpenSlots>();
        services.AddSingleton<GapStore>();
        services.AddSingleton<SweepStore>();
        services.AddSingleton<NativeBalanceStore>();
        services.AddSingleton<AccountScanStore>();
        services.AddSingleton<IndexingQueries>();
        services.AddSingleton<ChainReAnchor>();
        foreach (long chain in ConfiguredChains(configuration))
        {
            services.AddKeyedSingleton(chain, (provider, _) => CreateSignal(provider, chain));
            services.AddKeyedSingleton(chain, (provider, _) => CreateNodes(provider, chain));
            services.AddKeyedSingleton(chain, (provider, _) => CreateFollower(provider, chain));
            services.AddKeyedSingleton(chain, (provider, _) => CreateBalances(provider, chain));
            services.AddSingleton<IWorker>(provider => provider.GetRequiredKeyedService<BlockFollower>(chain));
            services.AddSingleton<IWorker>(provider => CreateSweeper(provider, chain));
            services.AddSingleton<IWorker>(provider => CreateScanner(provider, chain));
            services.AddSingleton<IWorker>(provider => CreateNativeSweeper(provider, chain));
            if (configuration.GetValue<TimeSpan>($"{IndexingOptions.Section}:{nameof(IndexingOptions.KeepEmptyBlocks)}") > TimeSpan.Zero)
                services.AddSingleton<IWorker>(provider => ActivatorUtilities.CreateInstance<BlockPruner>(provider, chain));
        }

        return services;
    }

    /// <summary>What a host that runs the followers needs besides their loops: the check of each chain's identity at start, which refuses
    /// to
    /// start on another chain, and the subscriptions to new heads.</summary>
    public static IServiceCollection AddIndexingHost(this IServiceCollection services)
    {
        services.AddHostedService<ChainIdentityCheck>();
        services.AddHostedService<HeadListeners>();
        return services;
    }

    // The directory of chains exists only in the built container, and workers are registered before.
    private static IReadOnlyList<long> ConfiguredChains(IConfiguration configuration)
    {
        var options = new ChainsOptions();
        configuration.GetSection(ChainsOptions.Section).Bind(options.Chains);
        return [.. options.Chains.Select(chain => chain.Id).Distinct()];
    }

    private static HeadSignal CreateSignal(IServiceProvider provider, long chain) => new(
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<WakeUp>(),
        provider.GetRequiredService<ChainDirectory>().Get(chain).PollInterval);

    private static ChainNodes CreateNodes(IServiceProvider provider, long chain)
    {
        ProviderTrust trust = provider.GetRequiredService<ProviderTrust>();
        return new ChainNodes(
            provider.GetRequiredService<ChainDirectory>().Get(chain), token => trust.QuarantinedAsync(chain, token),
            provider.GetRequiredService<TimeProvider>());
    }

    private static ChainEndpoints CreateEndpoints(IServiceProvider provider, ChainProfile profile) => new(
        profile, provider.GetRequiredService<ProviderTrust>(), provider.GetRequiredService<ChainStore>(),
        provider.GetRequiredService<TimeProvider>());

    private static BlockFollower CreateFollower(IServiceProvider provider, long chain)
    {
        TimeProvider clock = provider.GetRequiredService<TimeProvider>();
        ILoggerFactory loggers = provider.GetRequiredService<ILoggerFactory>();
        ChainNodes nodes = provider.GetRequiredKeyedService<ChainNodes>(chain);
        var watch = new WatchSet(chain);
        ChainEndpoints endpoints = CreateEndpoints(provider, nodes.Profile);
        BackfillReader reader = CreateReader(provider, nodes, endpoints, watch);
        var backfill = new Backfiller(
            reader, provider.GetRequiredService<BackfillStore>(), watch, provider.GetRequiredService<IOptions<IndexingOptions>>().Value,
            clock, loggers.CreateLogger<Backfiller>());
        return new BlockFollower(
            nodes, endpoints, backfill, watch, provider.GetRequiredKeyedService<HeadSignal>(chain),
            provider.GetRequiredService<ChainStore>(), provider.GetRequiredService<BlockStore>(),
            provider.GetRequiredService<ProviderTrust>(), provider.GetRequiredService<QuarantineStore>(),
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<IOptions<IndexingOptions>>(), clock, loggers);
    }

    private static BackfillReader CreateReader(
        IServiceProvider provider, ChainNodes nodes, ChainEndpoints endpoints, WatchSet watch) => new(
            nodes, endpoints, watch, provider.GetRequiredService<AssetStore>(), provider.GetRequiredService<OpenSlots>(),
            provider.GetRequiredService<WatchedEvents>(), provider.GetRequiredService<ILogger<BackfillReader>>());

    private static Sweeper CreateSweeper(IServiceProvider provider, long chain)
    {
        ChainNodes nodes = provider.GetRequiredKeyedService<ChainNodes>(chain);
        return new Sweeper(
            nodes, new BlockFetcher(nodes.Profile, provider.GetRequiredService<ILogger<BlockFetcher>>()),
            provider.GetRequiredService<ChainStore>(), provider.GetRequiredService<SweepStore>(), provider.GetRequiredService<GapStore>(),
            provider.GetRequiredService<UnitOfWork>(), provider.GetRequiredService<AssetStore>(),
            provider.GetRequiredService<WatchedEvents>(), provider.GetRequiredService<IOptions<IndexingOptions>>().Value,
            provider.GetRequiredService<ILogger<Sweeper>>());
    }

    private static FinalBalances CreateBalances(IServiceProvider provider, long chain)
    {
        ChainNodes nodes = provider.GetRequiredKeyedService<ChainNodes>(chain);
        return new FinalBalances(nodes, CreateEndpoints(provider, nodes.Profile));
    }

    private static NativeBalanceSweeper CreateNativeSweeper(IServiceProvider provider, long chain)
    {
        ChainNodes nodes = provider.GetRequiredKeyedService<ChainNodes>(chain);
        return new NativeBalanceSweeper(
            nodes, provider.GetRequiredKeyedService<FinalBalances>(chain),
            provider.GetRequiredService<ChainStore>(), provider.GetRequiredService<NativeBalanceStore>(),
            provider.GetRequiredService<AssetStore>(), provider.GetRequiredService<IOptions<IndexingOptions>>().Value,
            provider.GetRequiredService<ILogger<NativeBalanceSweeper>>());
    }

    private static AccountScanner CreateScanner(IServiceProvider provider, long chain)
    {
        ChainNodes nodes = provider.GetRequiredKeyedService<ChainNodes>(chain);
        ChainEndpoints endpoints = CreateEndpoints(provider, nodes.Profile);
        return new AccountScanner(
            nodes, endpoints, provider.GetRequiredService<ChainStore>(), provider.GetRequiredService<AccountScanStore>(),
            provider.GetRequiredService<GapStore>(), provider.GetRequiredService<AssetStore>(),
            watch => CreateReader(provider, nodes, endpoints, watch),
            provider.GetRequiredService<IOptions<IndexingOptions>>().Value, provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AccountScanner>>());
    }
}
