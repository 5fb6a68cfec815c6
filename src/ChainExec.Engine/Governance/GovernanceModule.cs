using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Governance;

/// <summary>Registers owners, keys, freezes and the audit.</summary>
internal static class GovernanceModule
{
    public static IServiceCollection AddGovernance(this IServiceCollection services)
    {
        services.AddSingleton<OwnerStore>();
        services.AddSingleton<FreezeStore>();
        services.AddSingleton<ScreeningStore>();
        return services;
    }
}
