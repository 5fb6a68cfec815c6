using ChainExec.Facts;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Attribution;

/// <summary>Registers the processors and the consumer that runs them.</summary>
internal static class AttributionModule
{
    public static IServiceCollection AddAttribution(this IServiceCollection services)
    {
        services.AddSingleton<ILogProcessor, Erc20TransferProcessor>();
        services.AddSingleton<ITransactionProcessor, NativeMovementProcessor>();
        services.AddSingleton<ProcessorPipeline>();
        services.AddSingleton<MovementStore>();
        services.AddFactConsumer<AttributionConsumer>();
        return services;
    }
}
