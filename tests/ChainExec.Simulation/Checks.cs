using System.Numerics;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit.Simulated;

namespace ChainExec.Simulation;

/// <summary>What must hold when faults have stopped and time has passed. Effects are counted by the chain, never by our tables.</summary>
internal sealed class Checks(World world, IReadOnlyList<Payment> payments, RunReport report)
{
    private const string EventsOfMachine = """
        select h.entity_id, coalesce(h.from_state, ''), h.event, h.to_state, h.actor, coalesce(h.reason, ''), h.machine
        from   execution.history h order by h.id
        """;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await EffectsAsync(cancellationToken);
        await OpenEndsAsync(cancellationToken);
        await FactsAsync(cancellationToken);
        await BooksAsync(cancellationToken);
        await HistoryAsync(IntentLifecycle.Table, "intent", "execution.intent", cancellationToken);
        await HistoryAsync(SlotLifecycle.Table, "slot", "execution.nonce_slot", cancellationToken);
        if (report.Violations.Count > 0)
            await GatherAsync(cancellationToken);
    }

    private List<SimulatedTransfer> Paid() =>
        [.. world.Simulated.CanonicalTransfers.Where(move => move.Token == world.Usd.Address && move.From == world.Sender)];

    private async Task EffectsAsync(CancellationToken cancellationToken)
    {
        Dictionary<ulong, int> paid = Paid().GroupBy(move => (ulong)move.Amount).ToDictionary(group => group.Key, group => group.Count());
        foreach (Payment payment in payments)
        {
            int times = paid.GetValueOrDefault(payment.Amount);
            if (times > 1)
                Broken($"The chain shows payment {payment.Amount} {times} times.");
            if (payment.Intent is not { } intent)
                continue;
            IntentView? view = await world.Get<IntentQueries>().FindAsync(world.Account.Owner, intent, cancellationToken);
            if (view is null)
            {
                Broken($"Payment {payment.Amount} was accepted as {intent}, which is gone.");
                continue;
            }

            report.Count(view.State);
            if (view.State == "failed")
                report.Count($"failed: {view.Reason}");
            if (view.State == "confirmed" && times != 1)
                Broken($"Payment {payment.Amount} is confirmed, and the chain shows it {times} times.");
            if (view.State is "failed" or "cancelled" or "expired" && times != 0)
                Broken($"Payment {payment.Amount} is {view.State} ({view.Reason}), and the chain shows it {times} times.");
        }

        foreach (ulong amount in paid.Keys.Where(amount => payments.All(payment => payment.Amount != amount)))
            Broken($"The chain shows {amount} paid, which nobody asked for.");
    }

    private async Task OpenEndsAsync(CancellationToken cancellationToken)
    {
        List<string[]> intents = await world.RowsAsync(
            """
            select i.id, i.state, coalesce(i.reason, ''), coalesce(i.detail, ''),
                   i.needs_operator is not null or exists (
                     select from execution.incident n join execution.carrier_member m on m.intent_id = i.id
                     join execution.nonce_slot s on s.carrier_id = m.carrier_id
                     where n.closed_at is null and (n.subject like '%' || s.id || '%' or n.subject like '%' || s.nonce))
            from   execution.intent i
            where  i.state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated')
            """,
            cancellationToken);
        foreach (string[] row in intents)
            Explain(row[^1], $"Intent {row[0]} is {row[1]} ({row[2]}: {row[3]}) for ever");
        List<string[]> slots = await world.RowsAsync(
            """
            select s.nonce, s.state, s.id, s.needs_operator is not null or exists (
                     select from execution.incident n where n.closed_at is null and n.subject like '%' || s.id || '%')
            from   execution.nonce_slot s
            where  s.state not in ('released', 'finalized', 'filled', 'adopted', 'externally_consumed')
            """,
            cancellationToken);
        foreach (string[] row in slots)
            Explain(row[^1], $"Slot {row[0]} is {row[1]} for ever");
    }

    private void Explain(string explained, string what)
    {
        if (explained == bool.TrueString)
            report.Count("explained");
        else
            Broken($"{what}, and nobody was told.");
    }

    private async Task FactsAsync(CancellationToken cancellationToken)
    {
        List<string[]> positions = await world.RowsAsync(
            "select count(*), coalesce(max(position), 0), coalesce(min(position), 1) from facts.stream", cancellationToken);
        if (positions[0] is not [var count, var last, "1"] || count != last)
            Broken($"Facts have gaps: {string.Join(", ", positions[0])}.");
        int parked = (await world.Get<FactQueries>().ParkedAsync(10, cancellationToken)).Count;
        if (parked > 0)
            Broken($"{parked} facts are parked.");
    }

    private async Task BooksAsync(CancellationToken cancellationToken)
    {
        LedgerQueries ledger = world.Get<LedgerQueries>();
        if ((await ledger.DisagreementsAsync(cancellationToken)).Count > 0)
            Broken("The books disagree with themselves.");
        string address = world.Sender.ToHex();
        await BalanceAsync(Book.Wallet(address, World.Dollar, null).Code, world.Usd.BalanceOf(world.Sender).ToBigInteger(),
            cancellationToken);
        await BalanceAsync(
            Book.Wallet(address, World.Coin, null).Code, world.Simulated.Account(world.Sender).Balance.ToBigInteger(), cancellationToken);
        // What a restored database forgot and its client stated too late is paid all the same: it hangs in suspense, to the unit.
        BigInteger forgotten = Paid()
            .Where(move => payments.Any(payment => payment.Intent is null && payment.Amount == (ulong)move.Amount))
            .Aggregate(BigInteger.Zero, (sum, move) => sum + move.Amount.ToBigInteger());
        await BalanceAsync(Book.Suspense(World.Dollar).Code, -forgotten, cancellationToken);
    }

    private async Task BalanceAsync(string code, BigInteger expected, CancellationToken cancellationToken)
    {
        LedgerAccount? account = await world.Get<LedgerQueries>().FindAccountAsync(code, cancellationToken);
        BigInteger booked = account?.Balance.BaseUnits ?? BigInteger.Zero;
        if (booked != expected)
            Broken($"The books have {booked} on {code}, the chain says {expected}.");
    }

    /// <summary>Every row is a move of the table, starts where the last one ended, and the last one ends where the entity is.</summary>
    private async Task HistoryAsync<TState, TEvent>(
        TransitionTable<TState, TEvent> table, string machine, string relation, CancellationToken cancellationToken)
        where TState : struct, Enum
        where TEvent : struct, Enum
    {
        var states = new Dictionary<string, string>();
        foreach (string[] row in (await world.RowsAsync(EventsOfMachine, cancellationToken)).Where(row => row[^1] == machine))
        {
            (string entity, string from, string happened, string to) = (row[0], row[1], row[2], row[3]);
            if (states.TryGetValue(entity, out string? last) && last != from)
                Broken($"History of {machine} {entity}: {happened} from {from}, but it was {last}.");
            states[entity] = to;
            if (from.Length == 0)
                continue;
            TState start = EnumText.Parse<TState>(from);
            TEvent what = EnumText.Parse<TEvent>(happened);
            if (!table.Allows(start, what) || EnumText.Of(table.Move(start, what)) != to)
                Broken($"History of {machine} {entity}: {from} --{happened}--> {to} is no legal move.");
        }

        foreach (string[] row in await world.RowsAsync($"select id, state from {relation}", cancellationToken))
        {
            if (states.TryGetValue(row[0], out string? last) && last != row[1])
                Broken($"History of {machine} {row[0]} ends in {last}, but it is {row[1]}.");
        }
    }

    /// <summary>All that is needed to understand a violation.</summary>
    private async Task GatherAsync(CancellationToken cancellationToken)
    {
        report.Evidence.AddRange(report.Events);
        foreach (string sql in new[]
        {
            "select 'intent', * from execution.intent order by id",
            "select 'slot', * from execution.nonce_slot order by nonce",
            "select 'incident', kind, subject, detail from execution.incident order by id",
            "select 'history', machine, entity_id, from_state, event, to_state, reason, actor, at from execution.history order by id",
            "select 'parked', * from facts.parked",
        })
        {
            report.Evidence.AddRange((await world.RowsAsync(sql, cancellationToken)).Select(row => string.Join(" | ", row)));
        }
    }

    private void Broken(string sentence) => report.Violations.Add(sentence);
}
