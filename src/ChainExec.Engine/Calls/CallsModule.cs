using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Calls;

/// <summary>Registers chains, assets and the call registry.</summary>
internal static class CallsModule
{
    public static IServiceCollection AddCalls(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ChainsOptions>()
            .Configure(options => configuration.GetSection(ChainsOptions.Section).Bind(options.Chains))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddHttpClient("rpc");
        services.AddSingleton<ChainDirectory>();
        services.AddSingleton<ProviderTrust>();
        services.AddSingleton<AssetStore>();
        services.AddSingleton<CallStore>();
        services.AddSingleton(new CallRegistry(CallRegistry.Shipped));
        return services;
    }
}
