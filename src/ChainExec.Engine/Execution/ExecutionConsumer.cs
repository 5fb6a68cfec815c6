using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Moves slots and intents on what the index saw: included, orphaned, final. The only way in which inclusion is decided.</summary>
internal sealed class ExecutionConsumer(SlotSettlement settlement, WindowLocks locks) : FactConsumer
{
    private const string Actor = "consumer:execution";

    private static readonly HashSet<string> Wanted = [TransactionIncluded.Type, TransactionOrphaned.Type, TransactionFinalized.Type];

    public override string Name => "execution";

    public override IReadOnlySet<string> Types => Wanted;

    public override Task LockAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken) =>
        locks.TakeAsync(
            session,
            [
                .. facts.Select(fact => new SeenFact(
                    fact.Read<TransactionIncluded>().Transaction, IsOrphaned: fact.Type == TransactionOrphaned.Type)),
            ],
            cancellationToken);

    public override async Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        // All three carry the transaction under one name.
        TransactionFinalized told = fact.Read<TransactionFinalized>();
        ChainTransaction transaction = told.Transaction;
        if (!await IsSenderOursAsync(session, transaction, cancellationToken))
            return;
        if (fact.Type == TransactionIncluded.Type || told.AtOnce == true)
            await settlement.IncludeAsync(session, transaction, Actor, cancellationToken);
        if (fact.Type == TransactionOrphaned.Type)
            await settlement.OrphanAsync(session, transaction, Actor, cancellationToken);
        else if (fact.Type == TransactionFinalized.Type)
            await settlement.FinalizeAsync(session, transaction, Actor, cancellationToken);
    }

    private static Task<bool> IsSenderOursAsync(DbSession session, ChainTransaction transaction, CancellationToken cancellationToken) =>
        session.Sql("select exists (select from custody.v_account where chain_id = @chain and address = @address)")
            .With("chain", transaction.Chain).With("address", transaction.From).ScalarAsync<bool>(cancellationToken);
}
