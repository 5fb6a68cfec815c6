using ChainExec.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Ledger;

/// <summary>Registers the books.</summary>
internal static class LedgerModule
{
    public static IServiceCollection AddLedger(this IServiceCollection services)
    {
        services.AddSingleton<LedgerStore>();
        services.AddSingleton<LedgerQueries>();
        services.AddSingleton<TransactionQueries>();
        services.AddSingleton<Poster>();
        services.AddWorker<RollUpWorker>();
        services.AddWorker<HoldSweepWorker>();
        services.AddWorker<SealWorker>();
        services.AddSingleton<LedgerVerifier>();
        return services;
    }
}
