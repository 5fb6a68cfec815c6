using ChainExec.Ethereum.Abi;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Attribution.Processors;

/// <summary>Adds processors to a host.</summary>
public static class ProcessorRegistration
{
    /// <summary>Adds a log processor.</summary>
    public static IServiceCollection AddLogProcessor<TProcessor, TEvent>(this IServiceCollection services)
        where TProcessor : class, ILogProcessor<TEvent>
        where TEvent : struct, IAbiEvent<TEvent>
    {
        services.AddSingleton<TProcessor>();
        services.AddSingleton<LogReader>(provider => new LogReader<TEvent>(provider.GetRequiredService<TProcessor>()));
        return services;
    }

    /// <summary>Adds a log processor that was made already.</summary>
    public static IServiceCollection AddLogProcessor<TEvent>(this IServiceCollection services, ILogProcessor<TEvent> processor)
        where TEvent : struct, IAbiEvent<TEvent> => services.AddSingleton<LogReader>(new LogReader<TEvent>(processor));

    /// <summary>Adds a transaction processor.</summary>
    public static IServiceCollection AddTransactionProcessor<TProcessor>(this IServiceCollection services)
        where TProcessor : class, ITransactionProcessor => services.AddSingleton<ITransactionProcessor, TProcessor>();
}
