using ChainExec.Calls;
using ChainExec.Indexing.Backfill;
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
        services.AddSingleton<WatchedEvents>();
        services.AddSingleton<RelevantRowWriter>();
        services.AddSingleton<BackfillRowWriter>();
        services.AddSingleton<BackfillStore>();
        services.AddSingleton<OpenSlots>();
        services.AddSingleton<IndexingQueries>();
        services.AddSingleton<ChainReAnchor>();
        foreach (long chain in ConfiguredChains(configuration))
        {
            services.AddKeyedSingleton(chain, (provider, _) => CreateSignal(provider, chain));
            services.AddKeyedSingleton(chain, (provider, _) => CreateFollower(provider, chain));
            services.AddSingleton<IWorker>(provider => provider.GetRequiredKeyedService<BlockFollower>(chain));
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

    private static BlockFollower CreateFollower(IServiceProvider provider, long chain)
    {
        ChainProfile profile = provider.GetRequiredService<ChainDirectory>().Get(chain);
        TimeProvider clock = provider.GetRequiredService<TimeProvider>();
        ILoggerFactory loggers = provider.GetRequiredService<ILoggerFactory>();
        var nodes = new ChainNodes(profile, clock);
        var watch = new WatchSet(chain);
        var endpoints = new ChainEndpoints(profile, provider.GetRequiredService<ChainStore>(), clock);
        var reader = new BackfillReader(
            nodes, endpoints, watch, provider.GetRequiredService<AssetStore>(), provider.GetRequiredService<OpenSlots>(),
            provider.GetRequiredService<WatchedEvents>(), loggers.CreateLogger<BackfillReader>());
        var backfill = new Backfiller(
            reader, provider.GetRequiredService<BackfillStore>(), watch, provider.GetRequiredService<IOptions<IndexingOptions>>().Value,
            clock, loggers.CreateLogger<Backfiller>());
        return new BlockFollower(
            nodes, endpoints, backfill, watch, provider.GetRequiredKeyedService<HeadSignal>(chain),
            provider.GetRequiredService<ChainStore>(), provider.GetRequiredService<BlockStore>(), provider.GetRequiredService<Database>(),
            provider.GetRequiredService<IOptions<IndexingOptions>>(), clock, loggers);
    }
}
