using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Governance;

/// <summary>Registers owners, keys and the audit.</summary>
internal static class GovernanceModule
{
    public static IServiceCollection AddGovernance(this IServiceCollection services)
    {
        services.AddSingleton<OwnerStore>();
        return services;
    }
}
