using ChainExec.Attribution.Processors;
using ChainExec.Attribution.Shipped;
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
        services.AddFactConsumer<AttributionConsumer>();
        services.AddWorker<TraceWorker>();

        services.AddShippedProcessors();
        services.AddSingleton<ProcessorSet>();
        services.AddSingleton<IWatchedLogs, ProcessorWatch>();
        services.AddSingleton<ProcessorFeed>();
        services.AddSingleton<ProcessorRunner>();
        services.AddSingleton<ProcessorStore>();
        services.AddSingleton<RecordStore>();
        services.AddSingleton<MovementStore>();
        services.AddSingleton<ProcessorSteps>();
        services.AddWorker<ProcessorWorker>();
        return services;
    }
}
