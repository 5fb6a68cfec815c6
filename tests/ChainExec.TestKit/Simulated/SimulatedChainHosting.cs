using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.TestKit.Simulated;

/// <summary>Puts the engine on a simulated chain.</summary>
public static class SimulatedChainHosting
{
    // The name of the HTTP client that the engine takes for every provider.
    private const string RpcClientName = "rpc";

    /// <summary>
    /// Leads the engine's clients to the views of the chain, without sockets. To be called on the services after the engine's own
    /// registrations.
    /// </summary>
    public static IServiceCollection UseSimulatedChain(this IServiceCollection services, SimulatedChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        services.AddHttpClient(RpcClientName).ConfigurePrimaryHttpMessageHandler(chain.CreateHandler);
        return services;
    }

    /// <summary>The engine's settings for the chain with its views as providers, final by tag as <paramref name="quorum"/> of them agree.
    /// </summary>
    public static Dictionary<string, string?> Settings(this SimulatedChain chain, int quorum) =>
        Settings(chain, quorum, chain.Views.ToDictionary(view => view.Name, view => view.Uri));

    /// <summary>The same with the addresses at which a server serves the views.</summary>
    public static Dictionary<string, string?> Settings(this SimulatedChain chain, int quorum, IReadOnlyDictionary<string, Uri> addresses)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(addresses);
        var settings = new Dictionary<string, string?>
        {
            ["Chains:0:Id"] = chain.Options.ChainId.ToString(CultureInfo.InvariantCulture),
            ["Chains:0:Name"] = "simulated",
            ["Chains:0:Finality:Mode"] = "tag",
            // It tells balances as they are now, not as they were at a block.
            ["Indexing:NativeCheckInterval"] = "00:00:00",
            ["Chains:0:Finality:Quorum"] = quorum.ToString(CultureInfo.InvariantCulture),
        };
        foreach ((int index, ProviderView view) in chain.Views.Index())
        {
            settings[$"Chains:0:Providers:{index}:Name"] = view.Name;
            settings[$"Chains:0:Providers:{index}:Http"] = addresses[view.Name].AbsoluteUri;
        }

        return settings;
    }
}
