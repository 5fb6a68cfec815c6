using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Admission;

/// <summary>Registers admission.</summary>
internal static class AdmissionModule
{
    public static IServiceCollection AddAdmission(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AdmissionOptions>().Bind(configuration.GetSection(AdmissionOptions.Section)).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IntentRequestReader>();
        services.AddSingleton<RequestStore>();
        services.AddSingleton<SenderPool>();
        services.AddSingleton<AdmissionChecks>();
        services.AddSingleton<AdmissionBatch>();
        services.AddSingleton<AdmissionService>();
        services.AddSingleton<EqualMovements>();
        services.AddSingleton<FamilyResolution>();
        services.AddSingleton<IntentRetry>();
        services.AddSingleton<SlotAdoption>();
        return services;
    }
}
