using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>
/// Brings facts to the flow engine, one after the other: the order of the stream is the order in which rules fire, so that a replay of the
/// same facts makes the same state. One shard for that reason; a turn carries many contexts in one transaction instead.
/// </summary>
internal sealed class FlowRulesConsumer(FlowEngine engine, FlowCatalogue catalogue) : FactConsumer
{
    public override string Name => "flow_rules";

    public override IReadOnlySet<string> Types { get; } = new HashSet<string>(
        [
            FlowTimerDue.Type, FlowEffectEnded.Type, FlowEffectDied.Type, FlowEffectAnsweredLate.Type, FlowEvidenceUnusable.Type,
            .. catalogue.EventTypes,
        ],
        StringComparer.Ordinal);

    public override Task OnParkedAsync(DbSession session, Fact fact, CancellationToken cancellationToken) =>
        engine.SuspendParkedAsync(session, fact, cancellationToken);

    public override Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken) =>
        engine.HandleAsync(session, fact, cancellationToken);
}
