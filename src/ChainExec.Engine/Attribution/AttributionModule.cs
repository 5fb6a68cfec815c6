using ChainExec.Attribution.Processors;
using ChainExec.Attribution.Shipped;
using ChainExec.Calls;
using ChainExec.Ethereum.Attribution;
using ChainExec.Facts;
using ChainExec.Indexing;
using ChainExec.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Attribution;

/// <summary>Registers what decides whose each log is, and the processors that read it.</summary>
internal static class AttributionModule
{
    public static IServiceCollection AddAttribution(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AttributionOptions>().Bind(configuration.GetSection(AttributionOptions.Section)).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton(BatchTable.Shipped);
        services.AddSingleton<AttributionStore>();
        services.AddSingleton<BreakdownStore>();
        services.AddSingleton<CallAttributor>();
        services.AddSingleton<TraceSource>();
        services.AddSingleton<TransactionTreeQueries>();
        services.AddFactConsumer<AttributionConsumer>();
        // A tracer for each chain: one whose endpoints are slow keeps nobody else waiting.
        foreach (long chain in ConfiguredChains(configuration))
            services.AddSingleton<IWorker>(provider => ActivatorUtilities.CreateInstance<TraceWorker>(provider, chain));

        services.AddShippedProcessors();
        services.AddSingleton<ProcessorSet>();
        services.AddSingleton<IWatchedLogs, ProcessorWatch>();
        services.AddSingleton<ProcessorFeed>();
        services.AddSingleton<FeedReader>();
        services.AddSingleton<ProcessorCalls>();
        services.AddSingleton<ProcessorRunner>();
        services.AddSingleton<ProcessorStore>();
        services.AddSingleton<RecordStore>();
        services.AddSingleton<MovementStore>();
        services.AddSingleton<ProcessorAlerts>();
        services.AddSingleton<ProcessorFacts>();
        services.AddSingleton<ProcessorEnds>();
        services.AddSingleton<ProcessorSteps>();
        // Movements first, and by themselves: the books wait for nobody's code.
        foreach (ProcessorGroup group in Enum.GetValues<ProcessorGroup>())
        {
            services.AddSingleton<IWorker>(
                provider => ActivatorUtilities.CreateInstance<ProcessorWorker>(provider, group));
        }

        return services;
    }

    // The directory of chains exists only in the built container, and workers are registered before.
    private static IReadOnlyList<long> ConfiguredChains(IConfiguration configuration)
    {
        var options = new ChainsOptions();
        configuration.GetSection(ChainsOptions.Section).Bind(options.Chains);
        return [.. options.Chains.Select(chain => chain.Id).Distinct()];
    }
}
