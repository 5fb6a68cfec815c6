using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>A native balance that the indexed transactions do not explain is an incident until a person says why.</summary>
internal sealed class NativeBalanceIncidents(IncidentStore incidents) : FactConsumer
{
    public const string Differs = "native_balance_differs";

    public override string Name => "native_balance_incidents";

    public override IReadOnlySet<string> Types { get; } = new HashSet<string> { NativeBalanceDiffers.Type };

    public override Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        NativeBalanceDiffers found = fact.Read<NativeBalanceDiffers>();
        return incidents.OpenAsync(
            session, Differs, $"{found.Chain}:{found.Account}", found.Chain, sender: null,
            $"Account {found.Account} on chain {found.Chain} has {found.Difference} wei {(found.IsMore ? "more" : "less")} at block "
            + $"{found.ToBlock} than its balance at block {found.FromBlock} and the indexed transactions since make.",
            found, cancellationToken);
    }
}
