using ChainExec.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChainExec.Facts;

/// <summary>Registers the fact stream.</summary>
internal static class FactsModule
{
    public static IServiceCollection AddFacts(this IServiceCollection services)
    {
        services.AddSingleton<FactWriter>();
        services.AddSingleton<FactQueries>();
        services.AddSingleton<ConsumerStore>();
        services.AddWorker<SequencerWorker>();
        return services;
    }

    /// <summary>Adds a consumer and the worker that feeds it.</summary>
    public static IServiceCollection AddFactConsumer<TConsumer>(this IServiceCollection services)
        where TConsumer : FactConsumer
    {
        services.AddSingleton<TConsumer>();
        services.AddSingleton<IWorker>(provider => new ConsumerWorker(
            provider.GetRequiredService<TConsumer>(),
            provider.GetRequiredService<ConsumerStore>(),
            provider.GetRequiredService<UnitOfWork>(),
            provider.GetRequiredService<ILogger<ConsumerWorker>>()));
        return services;
    }
}
