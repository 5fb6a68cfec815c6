using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Storage;

/// <summary>Registers the database, the unit of work and the machinery that runs workers.</summary>
internal static class StorageModule
{
    public static IServiceCollection AddStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StorageOptions>().Bind(configuration.GetSection(StorageOptions.Section)).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<Database>();
        services.AddSingleton<WakeUp>();
        services.AddSingleton<UnitOfWork>();
        services.AddSingleton<DurabilityCheck>();
        services.AddSingleton<DatabaseIncarnation>();
        return services;
    }

    /// <summary>Adds a worker; the host runs its loop, tests resolve it and call its turns.</summary>
    public static IServiceCollection AddWorker<TWorker>(this IServiceCollection services)
        where TWorker : class, IWorker
    {
        services.AddSingleton<TWorker>();
        services.AddSingleton<IWorker>(provider => provider.GetRequiredService<TWorker>());
        return services;
    }
}
