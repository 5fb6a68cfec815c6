using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>A chain that is halted is an incident until an operator re-anchors it.</summary>
internal sealed class ChainIncidents(IncidentStore incidents) : FactConsumer
{
    public const string Kind = "chain_halted";

    public override string Name => "chain_incidents";

    public override IReadOnlySet<string> Types { get; } = new HashSet<string> { ChainHalted.Type, ChainReAnchored.Type };

    public override Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        if (fact.Type == ChainReAnchored.Type)
            return incidents.CloseAsync(session, Kind, $"{fact.Read<ChainReAnchored>().Chain}", cancellationToken);
        ChainHalted halted = fact.Read<ChainHalted>();
        return incidents.OpenAsync(
            session, Kind, $"{halted.Chain}", halted.Chain, sender: null,
            $"Chain {halted.Chain} is halted: the providers have {halted.TheirHash} at height {halted.BlockNumber}, where "
            + $"{halted.OurHash} is final.",
            halted, cancellationToken);
    }
}
