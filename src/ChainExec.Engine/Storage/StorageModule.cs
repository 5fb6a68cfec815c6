using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

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

    /// <summary>A loop for each registered worker, for hosts that run them.</summary>
    public static IServiceCollection AddWorkerLoops(this IServiceCollection services, IEnumerable<Func<IServiceProvider, IWorker>> workers)
    {
        foreach (Func<IServiceProvider, IWorker> worker in workers)
        {
            services.AddSingleton<IHostedService>(provider => new WorkerLoop(
                worker(provider),
                provider.GetRequiredService<WakeUp>(),
                provider.GetRequiredService<IOptions<StorageOptions>>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<WorkerLoop>>()));
        }

        return services;
    }
}
