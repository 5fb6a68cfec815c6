using ChainExec.Ethereum.Attribution;
using ChainExec.Facts;
using ChainExec.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Attribution;

/// <summary>Registers the processors and the consumer that runs them.</summary>
internal static class AttributionModule
{
    public static IServiceCollection AddAttribution(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AttributionOptions>().Bind(configuration.GetSection(AttributionOptions.Section)).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<ILogProcessor, Erc20TransferProcessor>();
        services.AddSingleton<ITransactionProcessor, NativeMovementProcessor>();
        services.AddSingleton<ProcessorPipeline>();
        services.AddSingleton<MovementStore>();
        services.AddSingleton(BatchTable.Shipped);
        services.AddSingleton<AttributionStore>();
        services.AddSingleton<BreakdownStore>();
        services.AddSingleton<CallAttributor>();
        services.AddSingleton<TraceSource>();
        services.AddFactConsumer<AttributionConsumer>();
        services.AddWorker<TraceWorker>();
        return services;
    }
}
