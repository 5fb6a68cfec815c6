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
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Cli;

/// <summary>The engine's stores and reads for commands that must work while no server runs. Starts nothing.</summary>
internal sealed class EngineAccess : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private EngineAccess(ServiceProvider services) => _services = services;

    public static string Actor => $"cli:{Environment.UserName}";

    public static EngineAccess Open(string? config, string? database) => Open(Settings.Configuration(config, database));

    public static EngineAccess Open(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton(TimeProvider.System);
        services.AddLogging();
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
        services.AddHttpClient("rpc").RemoveAllLoggers();
        return new EngineAccess(services.BuildServiceProvider());
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>One database transaction.</summary>
    public Task<T> WriteAsync<T>(Func<DbSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        Get<UnitOfWork>().RunAsync(work, cancellationToken);

    /// <exception cref="CliException">There is no such owner.</exception>
    public async Task<Owner> OwnerAsync(string name, CancellationToken cancellationToken) =>
        await Get<OwnerStore>().FindOwnerAsync(name, cancellationToken)
        ?? throw new CliException($"There is no owner {name}: chainexec owner create {name}");

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
