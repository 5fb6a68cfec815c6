using ChainExec.Facts;
using ChainExec.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChainExec.Execution;

/// <summary>Registers execution: intents, slots, attempts, and the workers that step them.</summary>
internal static class ExecutionModule
{
    public static IServiceCollection AddExecution(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ExecutionOptions>().Bind(configuration.GetSection(ExecutionOptions.Section)).ValidateDataAnnotations()
            .ValidateOnStart();
        services.AddSingleton<IntentStore>();
        services.AddSingleton<SlotStore>();
        services.AddSingleton<AttemptStore>();
        services.AddSingleton<AnswerStore>();
        services.AddSingleton<RefusedBytes>();
        services.AddSingleton<IncidentStore>();
        services.AddSingleton<FamilyStore>();
        services.AddSingleton<AdoptionStore>();
        services.AddSingleton<SlotVerbs>();
        services.AddSingleton<SenderStore>();
        services.AddSingleton<IndexReader>();
        services.AddSingleton<LineWatch>();
        services.AddSingleton<ConsumptionStore>();
        services.AddSingleton<ConsumptionCause>();
        services.AddSingleton<RevertStore>();
        services.AddSingleton<NonceWitness>();
        services.AddSingleton<SenderReader>();
        services.AddSingleton<FeeEstimator>();
        services.AddSingleton<DataFeeForecast>();
        services.AddSingleton<Preflight>();
        services.AddSingleton<MemberJudge>();
        services.AddSingleton<SlotSettlement>();
        services.AddSingleton<SettlementStore>();
        services.AddSingleton<SettlementBatch>();
        services.AddSingleton<WindowLocks>();
        services.AddSingleton<SlotBinder>();
        services.AddSingleton<LaneStore>();
        services.AddSingleton<LaneBinder>();
        services.AddSingleton<BatchBinder>();
        services.AddSingleton<LaneSigner>();
        services.AddSingleton<SlotResolutions>();
        services.AddSingleton<PlainReader>();
        services.AddSingleton<SlotFiller>();
        services.AddSingleton<FeeMarket>();
        services.AddSingleton<SlotBudget>();
        services.AddSingleton<SlotSigning>();
        services.AddSingleton<RungSigning>();
        services.AddSingleton<IntentEscalation>();
        services.AddSingleton<IntentEnding>();
        services.AddSingleton<FreezeGate>();
        services.AddSingleton<IntentApproval>();
        services.AddSingleton<ApprovalQueries>();
        services.AddSingleton<LadderSealing>();
        services.AddSingleton<SlotClimber>();
        services.AddSingleton<SlotSender>();
        services.AddSingleton<Broadcaster>();
        services.AddSingleton<RungImporter>();
        services.AddSingleton<JournalImporter>();
        services.AddSingleton<JournalSync>();
        services.AddSingleton<IntentQueries>();
        services.AddSingleton<ExecutionConsumer>();
        services.AddFactConsumer<ChainIncidents>();
        services.AddFactConsumer<NativeBalanceIncidents>();
        services.AddGated(provider => ActivatorUtilities.CreateInstance<IntentWorker>(provider));
        services.AddGated(provider => ActivatorUtilities.CreateInstance<SlotWorker>(provider));
        services.AddGated(provider => ActivatorUtilities.CreateInstance<FreezeWorker>(provider));
        services.AddGated(provider => ActivatorUtilities.CreateInstance<WatchdogWorker>(provider));
        services.AddGated(provider => ActivatorUtilities.CreateInstance<ConsumptionWorker>(provider));
        services.AddGated(provider => ActivatorUtilities.CreateInstance<RevertWorker>(provider));
        services.AddGated(provider => new ConsumerWorker(
            provider.GetRequiredService<ExecutionConsumer>(),
            provider.GetRequiredService<ConsumerStore>(),
            provider.GetRequiredService<UnitOfWork>(),
            provider.GetRequiredService<ILogger<ConsumerWorker>>()));
        return services;
    }

    private static void AddGated(this IServiceCollection services, Func<IServiceProvider, IWorker> worker) =>
        services.AddSingleton<IWorker>(provider => new GatedWorker(worker(provider), provider.GetRequiredService<JournalSync>()));
}
