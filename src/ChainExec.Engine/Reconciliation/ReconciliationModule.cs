using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Reconciliation;

/// <summary>Registers reconciliation.</summary>
internal static class ReconciliationModule
{
    public static IServiceCollection AddReconciliation(this IServiceCollection services)
    {
        services.AddSingleton<LiabilityProofStore>();
        services.AddSingleton<LiabilityProver>();
        return services;
    }
}
