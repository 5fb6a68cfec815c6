using ChainExec.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Payments;

/// <summary>Registers payments that follow rules.</summary>
internal static class PaymentsModule
{
    public static IServiceCollection AddPayments(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<PaymentsOptions>().Bind(configuration.GetSection(PaymentsOptions.Section)).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<RefillStore>();
        services.AddWorker<RefillWorker>();
        return services;
    }
}
