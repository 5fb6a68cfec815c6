using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Engine.Tests.Admission;

/// <summary>The checks of admission as the modules compose them, without a database.</summary>
internal static class AdmissionList
{
    public static IReadOnlyList<AdmissionCheck> All { get; } = Compose().GetRequiredService<AdmissionChecks>().All;

    private static ServiceProvider Compose()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Storage:ConnectionString"] = "Host=127.0.0.1;Username=nobody",
                ["Signer:SocketPath"] = "none", ["Signer:TokenFile"] = "none",
                ["Chains:0:Id"] = "1", ["Chains:0:Name"] = "one", ["Chains:0:Finality:Mode"] = "tag", ["Chains:0:Finality:Quorum"] = "1",
                ["Chains:0:Providers:0:Name"] = "nobody", ["Chains:0:Providers:0:Http"] = "http://127.0.0.1:1",
            })
            .Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddStorage(configuration);
        services.AddFacts();
        services.AddGovernance();
        services.AddCalls(configuration);
        services.AddCustody(configuration);
        services.AddLedger();
        services.AddExecution(configuration);
        services.AddAdmission(configuration);
        return services.BuildServiceProvider();
    }
}
