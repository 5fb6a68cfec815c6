using ChainExec.Admission;
using ChainExec.Attribution;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Flows;
using ChainExec.Governance;
using ChainExec.Indexing;
using ChainExec.Ledger;
using ChainExec.Payments;
using ChainExec.Reconciliation;
using ChainExec.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChainExec.Server.Composition;

/// <summary>Puts the engine's modules together. Tests call the same method and run the workers' turns by hand.</summary>
internal static class EngineComposition
{
    /// <summary>Every module, its options bound from the configuration. Starts nothing: loops are the host's.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddStorage(configuration);
        services.AddFacts();
        services.AddGovernance();
        services.AddCalls(configuration);
        services.AddCustody(configuration);
        services.AddLedger();
        services.AddExecution(configuration);
        services.AddIndexing(configuration);
        services.AddAttribution(configuration);
        services.AddAdmission(configuration);
        services.AddFlows(configuration);
        services.AddPayments(configuration);
        services.AddReconciliation();
        // Addresses of nodes hold keys of providers; the default logging of HTTP clients writes them out.
        services.AddHttpClient("rpc").RemoveAllLoggers();
        return services;
    }
}
