using ChainExec.Flows;
using ChainExec.Payments.InstantDeposit;
using ChainExec.Payments.Lending;
using ChainExec.Payments.OffRamp;
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
        services.AddOptions<ExchangeOptions>().Bind(configuration.GetSection(ExchangeOptions.Section));
        // Its address may hold a key; the default logging of HTTP clients writes it out.
        services.AddHttpClient(ExchangeProvider.Client).RemoveAllLoggers();
        services.AddFlow<OffRampFlow2>();
        services.AddFlow<OffRampFlow>();
        services.AddFlow<InstantDepositFlow>();
        services.AddFlowProvider<ExchangeProvider>();
        services.AddInboundAdapter<ExchangeWebhooks>();
        services.AddInboundAdapter<BankWebhooks>();
        services.AddSingleton<CreditLines>();
        services.AddSingleton<RefillStore>();
        services.AddWorker<RefillWorker>();
        return services;
    }
}
