using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// A chain that is halted is an incident until an operator re-anchors it, one that stalls until it moves, a provider without a vote until
/// it agrees again. A settlement that was undone is one until an operator has seen what took its place.
/// </summary>
internal sealed class ChainIncidents(IncidentStore incidents, FreezeStore freezes) : FactConsumer
{
    private const string Actor = "consumer:chain_incidents";

    public const string Halted = "chain_halted";
    public const string Stalled = "chain_stalled";
    public const string Quarantined = "provider_quarantined";
    public const string Undone = "settlement_undone";

    public override string Name => "chain_incidents";

    public override IReadOnlySet<string> Types { get; } =
        new HashSet<string>
        {
            ChainHalted.Type, ChainReAnchored.Type, ChainStalled.Type, ChainMoves.Type, TransactionUndone.Type, ProviderQuarantined.Type,
            ProviderReleased.Type,
        };

    public override Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken) => fact.Type switch
    {
        _ when fact.Type == ChainHalted.Type => OpenAsync(session, fact.Read<ChainHalted>(), cancellationToken),
        _ when fact.Type == ChainReAnchored.Type =>
            incidents.CloseAsync(session, Halted, $"{fact.Read<ChainReAnchored>().Chain}", cancellationToken),
        _ when fact.Type == ChainStalled.Type => OpenAsync(session, fact.Read<ChainStalled>(), cancellationToken),
        _ when fact.Type == ChainMoves.Type =>
            incidents.CloseAsync(session, Stalled, $"{fact.Read<ChainMoves>().Chain}", cancellationToken),
        _ when fact.Type == ProviderQuarantined.Type => OpenAsync(session, fact.Read<ProviderQuarantined>(), cancellationToken),
        _ when fact.Type == ProviderReleased.Type => CloseAsync(session, fact.Read<ProviderReleased>(), cancellationToken),
        _ when fact.Type == TransactionUndone.Type => UndoneAsync(session, fact.Read<TransactionUndone>().Transaction, cancellationToken),
        _ => throw new InvalidOperationException($"Fact type {fact.Type} was not asked for."),
    };

    private Task OpenAsync(DbSession session, ChainHalted halted, CancellationToken cancellationToken) => incidents.OpenAsync(
        session, Halted, $"{halted.Chain}", halted.Chain, sender: null,
        $"Chain {halted.Chain} is halted: the providers have {halted.TheirHash} at height {halted.BlockNumber}, where "
        + $"{halted.OurHash} is final.",
        halted, cancellationToken);

    private Task OpenAsync(DbSession session, ProviderQuarantined found, CancellationToken cancellationToken) => incidents.OpenAsync(
        session, Quarantined, $"{found.Chain}:{found.Provider}", found.Chain, sender: null,
        $"Provider {found.Provider} of chain {found.Chain} gave {found.TheirHash} at height {found.BlockNumber}, where "
        + $"{found.BlockHash} is final by the others; its word does not count.",
        found, cancellationToken);

    private Task CloseAsync(DbSession session, ProviderReleased released, CancellationToken cancellationToken) =>
        incidents.CloseAsync(session, Quarantined, $"{released.Chain}:{released.Provider}", cancellationToken);

    private Task OpenAsync(DbSession session, ChainStalled stalled, CancellationToken cancellationToken) => incidents.OpenAsync(
        session, Stalled, $"{stalled.Chain}", stalled.Chain, sender: null,
        $"Chain {stalled.Chain} does not move from block {stalled.Tip}, its head is {stalled.Head}: {stalled.Reason}"
            .ReplaceLineEndings(" "),
        stalled, cancellationToken);

    // Until a person has looked, nobody spends what they were credited and the chain does not hold.
    private async Task UndoneAsync(DbSession session, ChainTransaction undone, CancellationToken cancellationToken)
    {
        await OpenAsync(session, undone, cancellationToken);
        IReadOnlyList<Guid> credited = await session.Sql("""
            select distinct a.owner_id
            from   attribution.v_movement m
            join   custody.v_account a on a.chain_id = m.chain_id and a.address = m."to"
            where  m.chain_id = @chain and m.block_hash = @block and m.incarnation = @incarnation and m.tx_hash = @tx
            and    not exists (select from custody.v_account f where f.chain_id = m.chain_id and f.address = m."from")
            order  by 1
            """)
            .With("chain", undone.Chain).With("block", undone.BlockHash).With("incarnation", undone.Incarnation).With("tx", undone.TxHash)
            .ReadAsync(reader => reader.Uuid("owner_id"), cancellationToken);
        foreach (Guid owner in credited)
            await freezes.FreezeAsync(
                session, FreezeScope.Owner, FreezeStore.SubjectOf(owner), $"The deposit {undone.TxHash} was undone with its block.", Actor,
                cancellationToken);
    }

    private Task OpenAsync(DbSession session, ChainTransaction undone, CancellationToken cancellationToken) => incidents.OpenAsync(
        session, Undone, $"{undone.Chain}:{undone.TxHash}:{undone.BlockHash}", undone.Chain, undone.From,
        $"Transaction {undone.TxHash} (nonce {undone.Nonce} of {undone.From}) was final in block {undone.BlockNumber}, which the "
        + "re-anchored chain does not hold: what it moved stands in suspense until something final takes its place.",
        undone, cancellationToken);
}
