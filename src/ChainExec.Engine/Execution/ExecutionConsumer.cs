using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Moves slots and intents on what the index saw: included, orphaned, final. The only way in which inclusion is decided.</summary>
internal sealed class ExecutionConsumer(SlotSettlement settlement, SettlementBatch batch, WindowLocks locks) : FactConsumer
{
    private const string Actor = "consumer:execution";

    private static readonly HashSet<string> Wanted =
        [TransactionIncluded.Type, TransactionOrphaned.Type, TransactionFinalized.Type, TransactionUndone.Type];

    public override string Name => "execution";

    public override IReadOnlySet<string> Types => Wanted;

    public override int WindowMax => 200;

    public override Task LockAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken) =>
        locks.TakeAsync(
            session,
            [
                .. facts.Select(fact => new SeenFact(
                    ToldBy(fact).Transaction,
                    IsOrphaned: fact.Type == TransactionOrphaned.Type || fact.Type == TransactionUndone.Type)),
            ],
            cancellationToken);

    public override async Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken)
    {
        TransactionFinalized told = ToldBy(fact);
        IReadOnlyList<SeenSlot> seen = await batch.ReadAsync(session, [told.Transaction], cancellationToken);
        if (seen[0].IsOurs)
            await SettleAsync(session, fact, told, cancellationToken);
    }

    // What the facts of a window find is read once. What one of them changes is read anew for the next that speaks of the same nonce.
    public override async Task HandleManyAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        TransactionFinalized[] told = [.. facts.Select(ToldBy)];
        for (int next = 0; next < facts.Count;)
        {
            IReadOnlyList<SeenSlot> seen = await batch.ReadAsync(
                session, [.. told[next..].Select(each => each.Transaction)], cancellationToken);
            next += await HandleFreshAsync(session, [.. facts.Skip(next)], told[next..], seen, cancellationToken);
        }
    }

    // Handles them in their order up to the first whose nonce was touched here already; how many.
    private async Task<int> HandleFreshAsync(
        DbSession session, IReadOnlyList<Fact> facts, IReadOnlyList<TransactionFinalized> told, IReadOnlyList<SeenSlot> seen,
        CancellationToken cancellationToken)
    {
        var touched = new HashSet<(long, Address, long)>();
        var run = new List<SeenSlot>();
        string? kind = null;
        int done = 0;
        for (; done < facts.Count; done++)
        {
            SeenSlot one = seen[done];
            if (!one.IsOurs)
                continue;
            if (!touched.Add((one.Transaction.Chain, one.Transaction.From, one.Transaction.Nonce)))
                break;
            string? plain = PlainKind(facts[done], told[done], one);
            if (plain != kind)
                await EndRunAsync();
            kind = plain;
            if (plain is null)
                await SettleAsync(session, facts[done], told[done], cancellationToken);
            else
                run.Add(one);
        }

        await EndRunAsync();
        return done;

        async Task EndRunAsync()
        {
            if (run.Count == 0)
                return;
            if (kind == TransactionIncluded.Type)
                await batch.IncludeAsync(session, run, Actor, cancellationToken);
            else
                await batch.FinalizeAsync(session, run, Actor, cancellationToken);
            run.Clear();
        }
    }

    private static string? PlainKind(Fact fact, TransactionFinalized told, SeenSlot seen) =>
        fact.Type == TransactionIncluded.Type && seen.IsPlainlyIncluded ? TransactionIncluded.Type
        : fact.Type == TransactionFinalized.Type && told.AtOnce != true && seen.IsPlainlyFinal ? TransactionFinalized.Type
        : null;

    private async Task SettleAsync(DbSession session, Fact fact, TransactionFinalized told, CancellationToken cancellationToken)
    {
        ChainTransaction transaction = told.Transaction;
        if (fact.Type == TransactionIncluded.Type || told.AtOnce == true)
            await settlement.IncludeAsync(session, transaction, Actor, cancellationToken);
        if (fact.Type == TransactionOrphaned.Type)
            await settlement.OrphanAsync(session, transaction, Actor, cancellationToken);
        else if (fact.Type == TransactionFinalized.Type)
            await settlement.FinalizeAsync(session, transaction, Actor, cancellationToken);
        else if (fact.Type == TransactionUndone.Type)
            await settlement.UndoAsync(session, transaction, Actor, cancellationToken);
    }

    // All of them carry the transaction under one name.
    private static TransactionFinalized ToldBy(Fact fact) => fact.Read<TransactionFinalized>();
}
