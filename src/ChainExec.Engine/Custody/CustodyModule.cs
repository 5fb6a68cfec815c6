using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ChainExec.Custody;

/// <summary>Registers the account directory and the door to the signer.</summary>
internal static class CustodyModule
{
    public static IServiceCollection AddCustody(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(_ => Read(configuration.GetSection(SignerOptions.Section)));
        services.AddSingleton<ISigner, SignerClient>();
        services.AddSingleton<AccountStore>();
        services.AddSingleton<ApprovalStore>();
        services.AddSingleton<SignerJournalStore>();
        return services;
    }

    // Required members are a promise of the compiler only: the binder does not keep it.
    private static SignerOptions Read(IConfigurationSection section)
    {
        SignerOptions? options = section.Get<SignerOptions>();
        return options is { SocketPath.Length: > 0, TokenFile.Length: > 0 } && options.Timeout > TimeSpan.Zero
            ? options
            : throw new OptionsValidationException(
                SignerOptions.Section,
                typeof(SignerOptions),
                ["Signer:SocketPath and Signer:TokenFile are required, Signer:Timeout must be above zero."]);
    }
}
