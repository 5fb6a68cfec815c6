using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Ledger;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Flows;

/// <summary>Reads what a window of facts needs to know, in a number of statements that does not grow with it.</summary>
internal sealed class FlowsWindowReader(LedgerStore ledger, OwnAccounts accounts)
{
    public async Task<FlowsWindow> ReadAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        var moved = new List<(ChainTransaction Transaction, Movement Movement)>();
        var ended = new List<IntentFact>();
        foreach (Fact fact in facts)
        {
            if (fact.Type == MovementConfirmed.Type)
            {
                MovementConfirmed confirmed = fact.Read<MovementConfirmed>();
                moved.Add((confirmed.Transaction, confirmed.Movement));
                continue;
            }

            IntentFact intent = fact.Read<IntentFact>();
            ended.Add(intent);
            if (intent.Transaction is { } transaction)
                moved.AddRange((intent.Movements ?? []).Select(movement => (transaction, movement)));
        }

        IntentFact[] holding = [.. ended.Where(intent => intent.Hold is not null && intent.Movements is { Count: > 0 })];
        return new FlowsWindow(
            await accounts.FindManyAsync(
                session,
                [
                    .. moved.SelectMany(each => new[] { each.Movement.From, each.Movement.To }
                        .Select(address => (each.Transaction.Chain, Address: address)))
                        .Where(each => each.Address is not null).Select(each => (each.Chain, each.Address!.Value)).Distinct(),
                ],
                cancellationToken),
            await KindsAsync(
                session, [.. moved.Select(each => MovementPosting.KeyOf(each.Transaction, each.Movement)).Distinct()], cancellationToken),
            await ledger.HoldsOfAsync(
                session, [.. holding.Select(intent => FlowsWindow.BoundTo(intent.Root)).Distinct()], cancellationToken),
            await ledger.FindHoldsAsync(session, [.. ended.Select(intent => intent.Hold).OfType<Guid>().Distinct()], cancellationToken));
    }

    private static async Task<IReadOnlyDictionary<string, string>> KindsAsync(
        DbSession session, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return new Dictionary<string, string>();
        IReadOnlyList<(string Key, string Kind)> rows = await session.Sql("""
            select k.key, t.kind from ledger.v_key k join ledger.v_transaction t on t.id = k.transaction_id where k.key = any (@keys)
            """)
            .WithArray("keys", keys, NpgsqlDbType.Text).ReadAsync(reader => (reader.Text("key"), reader.Text("kind")), cancellationToken);
        return rows.ToDictionary(row => row.Key, row => row.Kind, StringComparer.Ordinal);
    }
}
