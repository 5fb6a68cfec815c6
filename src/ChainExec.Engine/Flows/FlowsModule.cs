using ChainExec.Facts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Flows;

/// <summary>Registers the flow engine, and the hand-written rules of payments and deposits beside it.</summary>
internal static class FlowsModule
{
    public static IServiceCollection AddFlows(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<FlowsOptions>().Bind(configuration.GetSection(FlowsOptions.Section)).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<OwnAccounts>();
        services.AddSingleton<FlowsWindowReader>();
        services.AddSingleton<UndoneBook>();
        services.AddFactConsumer<FlowsConsumer>();

        services.AddSingleton<FlowCatalogue>();
        services.AddSingleton<FlowVersionCheck>();
        services.AddSingleton<FlowStore>();
        services.AddSingleton<DiscrepancyStore>();
        services.AddSingleton<SuspenseBook>();
        services.AddSingleton<FlowEffects>();
        services.AddSingleton<FlowEngine>();
        services.AddSingleton<EffectStore>();
        services.AddSingleton<AnswerReader>();
        services.AddSingleton<EffectOperator>();
        services.AddSingleton<FlowDecisions>();
        services.AddSingleton<FlowQueries>();
        services.AddSingleton<InboundSecrets>();
        services.AddSingleton<InboundService>();
        services.AddFactConsumer<FlowRulesConsumer>();
        services.AddWorker<TimerWorker>();
        services.AddWorker<EffectWorker>();
        return services;
    }

    /// <summary>Adds a definition. Every version that has open contexts stays registered.</summary>
    public static IServiceCollection AddFlow<TFlow>(this IServiceCollection services)
        where TFlow : Flow => services.AddSingleton<Flow, TFlow>();

    /// <summary>Adds what reads a provider's webhooks.</summary>
    public static IServiceCollection AddInboundAdapter<TAdapter>(this IServiceCollection services)
        where TAdapter : class, IInboundAdapter => services.AddSingleton<IInboundAdapter, TAdapter>();

    /// <summary>Adds somebody whom effects of flows may ask.</summary>
    public static IServiceCollection AddFlowProvider<TProvider>(this IServiceCollection services)
        where TProvider : class, IFlowProvider => services.AddSingleton<IFlowProvider, TProvider>();
}
