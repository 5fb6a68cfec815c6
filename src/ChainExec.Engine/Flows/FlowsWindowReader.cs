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
        var told = new List<UndoneSeen>();
        foreach (Fact fact in facts)
        {
            if (fact.Type == TransactionUndone.Type)
            {
                told.Add(new UndoneSeen(fact, fact.Read<TransactionUndone>().Transaction));
                continue;
            }

            if (fact.Type == MovementConfirmed.Type || fact.Type == MovementRestored.Type)
            {
                // Both carry the transaction and the movement under one name.
                MovementRestored seen = fact.Read<MovementRestored>();
                moved.Add((seen.Transaction, seen.Movement));
                told.Add(new UndoneSeen(fact, seen.Transaction));
                continue;
            }

            IntentFact intent = fact.Read<IntentFact>();
            ended.Add(intent);
            if (intent.Transaction is { } transaction)
            {
                moved.AddRange((intent.Movements ?? []).Select(movement => (transaction, movement)));
                told.Add(new UndoneSeen(fact, transaction));
            }
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
            await ledger.FindHoldsAsync(session, [.. ended.Select(intent => intent.Hold).OfType<Guid>().Distinct()], cancellationToken),
            await UndoneAsync(session, told, cancellationToken));
    }

    // Also what is told late of a transaction that was undone before: it is booked, and taken back.
    private static async Task<IReadOnlyList<UndoneSeen>> UndoneAsync(
        DbSession session, IReadOnlyList<UndoneSeen> told, CancellationToken cancellationToken)
    {
        UndoneSeen[] last =
        [
            .. told.GroupBy(one => (one.Transaction.Chain, one.Transaction.TxHash, one.Transaction.BlockHash, one.Transaction.Incarnation))
                .Select(same => same.Last()),
        ];
        IReadOnlyList<int> places = await session.Sql("""
            select t.place::int - 1 as place
            from   unnest(@chains, @hashes, @blocks, @incarnations) with ordinality
                   as t (chain_id, tx_hash, block_hash, incarnation, place)
            where  exists (select from indexing.v_undone u
                           where  u.chain_id = t.chain_id and u.tx_hash = t.tx_hash and u.block_hash = t.block_hash
                           and    u.incarnation = t.incarnation)
            order  by t.place
            """)
            .WithArray("chains", [.. last.Select(one => one.Transaction.Chain)], NpgsqlDbType.Bigint)
            .WithArray("hashes", [.. last.Select(one => one.Transaction.TxHash)], NpgsqlDbType.Bytea)
            .WithArray("blocks", [.. last.Select(one => one.Transaction.BlockHash)], NpgsqlDbType.Bytea)
            .WithArray("incarnations", [.. last.Select(one => one.Transaction.Incarnation)], NpgsqlDbType.Integer)
            .ReadAsync(reader => reader.Int("place"), cancellationToken);
        return [.. places.Select(place => last[place])];
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
