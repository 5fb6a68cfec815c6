using ChainExec.Facts;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Flows;

/// <summary>Registers the hand-written rules of the flow of funds.</summary>
internal static class FlowsModule
{
    public static IServiceCollection AddFlows(this IServiceCollection services)
    {
        services.AddSingleton<OwnAccounts>();
        services.AddFactConsumer<FlowsConsumer>();
        return services;
    }
}
