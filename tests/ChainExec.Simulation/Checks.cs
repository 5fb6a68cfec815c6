using System.Globalization;
using System.Numerics;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit.Simulated;

namespace ChainExec.Simulation;

/// <summary>What must hold when faults have stopped and time has passed. Effects are counted by the chain, never by our tables.</summary>
/// <param name="suspended">What suspense must be left with of the dollar, in base units, besides what a restored database forgot.</param>
internal sealed class Checks(World world, IReadOnlyList<Payment> payments, RunReport report, BigInteger suspended = default)
{
    internal const string SignedAndReleased = "was bound again although bytes of it were signed";
    internal const string ChildElsewhere = "a child was bound to nonce";
    internal const string Elsewhere = "it was bound to nonce";

    // Slots with signed bytes, and whose.
    private const string SignedSlots = """
        select distinct i.root_id, s.id, s.nonce, s.state, s.account, s.tx_hash,
               (select min(h.id) from execution.history h
                where h.machine = 'slot' and h.entity_id = s.id and h.event in ('bytes_stored', 'journal_imported')) as signed_at
        from   execution.nonce_slot s
        join   execution.prepared_call p on p.slot_id = s.id
        join   execution.execution e on e.prepared_call_id = p.id and e.tx_hash is not null
        join   execution.carrier_member m on m.carrier_id = p.carrier_id
        join   execution.intent i on i.id = m.intent_id
        """;

    // Of a family with signed bytes: who was bound to another nonce, and whether nothing final had been seen of the first.
    private const string BoundElsewhere = $"""
        select distinct i.root_id, b.nonce, a.nonce, a.id, a.state, exists (
                 select from execution.carrier_member o join execution.prepared_call c on c.carrier_id = o.carrier_id
                 where  o.intent_id = i.id and c.slot_id = a.id),
               not exists (
                 select from execution.history x where x.machine = 'slot' and x.entity_id = a.id and x.id < h.id
                 and    x.to_state in ('finalized', 'filled', 'adopted', 'externally_consumed')),
               '0x' || encode(a.tx_hash, 'hex')
        from   execution.intent i
        join   execution.history h on h.machine = 'intent' and h.entity_id = i.id and h.event = 'prepared'
        join   execution.carrier_member m on m.intent_id = i.id
        join   execution.prepared_call p on p.carrier_id = m.carrier_id
        join   execution.nonce_slot b on b.id = p.slot_id
        join   ({SignedSlots}) a on a.root_id = i.root_id and a.id <> b.id and a.signed_at < h.id
        """;

    private static readonly Hash32 Approved = AbiEvent.Parse(
        "event Approval(address indexed owner, address indexed spender, uint256 value)").Topic0;

    private const string EventsOfMachine = """
        select h.entity_id, coalesce(h.from_state, ''), h.event, h.to_state, h.actor, coalesce(h.reason, ''), h.machine
        from   execution.history h order by h.id
        """;

    // Of the slot s: a lower nonce of its sender is stuck, and the watchdog said that everything of the sender waits for it.
    private const string IsBehindOneThatWasTold = """
        exists (select from execution.nonce_slot l join execution.incident n on n.kind = 'slot_stuck' and n.subject = l.id::text
                where n.closed_at is null and l.chain_id = s.chain_id and l.account = s.account and l.nonce < s.nonce)
        """;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await EffectsAsync(cancellationToken);
        await RefillsAsync(cancellationToken);
        await NoncesAsync(cancellationToken);
        await OpenEndsAsync(cancellationToken);
        await FactsAsync(cancellationToken);
        await BooksAsync(cancellationToken);
        await HistoryAsync(IntentLifecycle.Table, "intent", "execution.intent", cancellationToken);
        await HistoryAsync(SlotLifecycle.Table, "slot", "execution.nonce_slot", cancellationToken);
        if (report.Violations.Count > 0)
            await GatherAsync(cancellationToken);
    }

    private bool IsOurs(SimulatedTransfer move) => world.Senders.Any(sender => sender.Address == move.From);

    private List<SimulatedTransfer> PaidTo(Payment payment) =>
        [.. world.Simulated.CanonicalTransfers.Where(move => IsOurs(move) && move.To == payment.Recipient)];

    /// <summary>The payment's effects by the chain's own ledger: in which blocks, by which transactions.</summary>
    private List<(ulong Block, Hash32 Transaction)> EffectsOf(Payment payment) => payment.Kind == PaymentKind.Allowance
        ? [.. from block in world.Simulated.CanonicalBlocks
              from receipt in block.Receipts
              from log in receipt.Logs
              where log.Topics is [var kind, var owner, var spender] && kind == Approved
                  && world.Senders.Any(sender => IsWordOf(owner, sender.Address)) && IsWordOf(spender, payment.Recipient)
              select (block.Number, receipt.Transaction.Hash)]
        : [.. PaidTo(payment).Select(move => (move.BlockNumber, move.Transaction))];

    private static bool IsWordOf(Hash32 word, Address address) =>
        word.ToArray().AsSpan(Hash32.Size - Address.Size).SequenceEqual(address.ToArray());

    private async Task EffectsAsync(CancellationToken cancellationToken)
    {
        foreach (Payment payment in payments)
        {
            List<(ulong Block, Hash32 Transaction)> done = EffectsOf(payment);
            int times = done.Count;
            if (times > 1)
                Broken($"The chain shows payment {payment.Number} {times} times.");
            Ordered(payment, done);
            if (payment.Intent is not { } intent)
                continue;
            IntentView? view = await world.Get<IntentQueries>().FindAsync(world.Owner, intent, cancellationToken);
            if (view is null)
            {
                Broken($"Payment {payment.Number} was accepted as {intent}, which is gone.");
                continue;
            }

            report.Count(view.State);
            if (view.State == "failed")
                report.Count($"failed: {view.Reason}");
            if (view is { State: "confirmed", Reason: "partial" })
                report.Count("partial");
            if (view.State == "confirmed" && times != 1)
                Broken($"Payment {payment.Number} is confirmed, and the chain shows it {times} times.");
            if (view.State is "failed" or "cancelled" or "expired" && times != 0)
                Broken($"Payment {payment.Number} is {view.State} ({view.Reason}), and the chain shows it {times} times.");
        }

        HashSet<Address> known = [.. payments.Select(payment => payment.Recipient), world.Usd.Address, world.Odd.Address];
        foreach (SimulatedTransfer move in world.Simulated.CanonicalTransfers)
        {
            if (move.Token is not null && IsOurs(move) && !known.Contains(move.To))
                Broken($"The chain shows {move.Amount} paid to {move.To}, which nobody asked for.");
        }

        List<string[]> batches = await world.RowsAsync(
            """
            select count(*), coalesce(sum(members), 0), coalesce(sum(dissolved), 0)
            from   (select (select count(*) from execution.carrier_member m where m.carrier_id = c.id) as members,
                           (select count(*) from execution.carrier_member m
                            join execution.history h on h.entity_id = m.intent_id and h.event = 'batch_dissolved'
                            where m.carrier_id = c.id) as dissolved
                    from   execution.carrier c where c.kind = 'batch') b
            """,
            cancellationToken);
        foreach ((string what, string count) in new[] { "batches", "members", "dissolved" }.Zip(batches[0]))
            report.Count($"batch: {what}", int.Parse(count, CultureInfo.InvariantCulture));
        List<string[]> children = await world.RowsAsync(
            "select reason, count(*) from execution.intent where state = 'escalated' group by reason", cancellationToken);
        foreach (string[] row in children)
            report.Count($"child: {row[0]}", int.Parse(row[1], CultureInfo.InvariantCulture));
    }

    /// <summary>What waits for another payment is not on the chain without that one, nor before it.</summary>
    private void Ordered(Payment payment, List<(ulong Block, Hash32 Transaction)> done)
    {
        if (done.Count == 0 || payment.After is not { } first || payment.Intent is null || first.Intent is null)
            return;
        List<(ulong Block, Hash32 Transaction)> before = EffectsOf(first);
        if (before.Count == 0 || before[0].Block > done[0].Block)
            Broken($"Payment {payment.Number} is on the chain before payment {first.Number}, for which it waits.");
    }

    /// <summary>What the treasury paid is what confirmed refills say, by the chain's own ledger. A restored database forgot some.</summary>
    private async Task RefillsAsync(CancellationToken cancellationToken)
    {
        if (world.Treasury is not { } treasury)
            return;
        List<string[]> refills = await world.RowsAsync(
            """
            select '0x' || encode(r.sender, 'hex'), count(*),
                   count(*) filter (where exists (select from execution.intent i where i.root_id = r.intent_id and i.state = 'confirmed'))
            from   payments.refill r group by r.sender
            """,
            cancellationToken);
        foreach (Address sender in world.Senders.Select(sender => sender.Address))
        {
            int paid = world.Simulated.CanonicalTransfers.Count(move => move.From == treasury.Address && move.To == sender);
            string[] row = refills.Find(row => Address.Parse(row[0]) == sender) ?? ["", "0", "0"];
            int confirmed = int.Parse(row[2], CultureInfo.InvariantCulture);
            report.Count("refills", paid);
            if (paid != confirmed && (report["restores"] == 0 || paid < confirmed))
                Broken($"The chain shows {paid} refills of {sender}, {confirmed} of {row[1]} are confirmed.");
        }
    }

    /// <summary>A nonce that was signed is not given back, and no family has a second one while its first is open.</summary>
    private async Task NoncesAsync(CancellationToken cancellationToken)
    {
        List<string[]> again = await world.RowsAsync(
            $"""
             select a.root_id, a.nonce, a.id from ({SignedSlots}) a
             where  a.state = 'released' or exists (
                      select from execution.history h
                      where  h.machine = 'slot' and h.entity_id = a.id and h.event = 'bound' and h.id > a.signed_at)
             """,
            cancellationToken);
        foreach (string[] row in again)
            Broken($"Nonce {row[1]}, slot {row[2]}, of {NameOf(row[0])} {SignedAndReleased}.");
        foreach (string[] row in await world.RowsAsync(BoundElsewhere, cancellationToken))
        {
            string who = row[5] == bool.TrueString ? Elsewhere : ChildElsewhere;
            string first = $"its nonce {row[2]}, slot {row[3]},";
            if (row[6] == bool.TrueString)
                Broken($"Of {NameOf(row[0])} {who} {row[1]} while {first} was signed and open; it is {row[4]} now.");
            else if (row[7].Length > 0 && IsPaidBy(row[0], Hash32.Parse(row[7])))
                Broken($"Of {NameOf(row[0])} {who} {row[1]} although {first} had its effect.");
        }
    }

    private bool IsPaidBy(string root, Hash32 transaction) =>
        OfRoot(root) is { } payment && EffectsOf(payment).Exists(effect => effect.Transaction == transaction);

    private string NameOf(string root) => OfRoot(root) is { } payment ? $"payment {payment.Number}" : $"intent {root}";

    private Payment? OfRoot(string root) => payments.FirstOrDefault(payment => payment.Intent?.Value == Guid.Parse(root));

    private async Task OpenEndsAsync(CancellationToken cancellationToken)
    {
        List<string[]> intents = await world.RowsAsync(
            $"""
            select i.id, i.state, coalesce(i.reason, ''), coalesce(i.detail, ''),
                   i.needs_operator is not null or exists (
                     select from execution.incident n join execution.carrier_member m on m.intent_id = i.id
                     join execution.nonce_slot s on s.carrier_id = m.carrier_id
                     where n.closed_at is null and (n.subject like '%' || s.id || '%' or n.subject like '%' || s.nonce))
                   or exists (
                     select from execution.carrier_member m join execution.nonce_slot s on s.carrier_id = m.carrier_id
                     where m.intent_id = i.id and {IsBehindOneThatWasTold})
            from   execution.intent i
            where  i.state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated')
            """,
            cancellationToken);
        foreach (string[] row in intents)
            Explain(row[^1], $"Intent {row[0]} is {row[1]} ({row[2]}: {row[3]}) for ever");
        List<string[]> slots = await world.RowsAsync(
            $"""
            select s.nonce, s.state, s.id, s.needs_operator is not null or exists (
                     select from execution.incident n where n.closed_at is null and n.subject like '%' || s.id || '%')
                   or {IsBehindOneThatWasTold}
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
        foreach (Address sender in world.Senders.Select(sender => sender.Address))
        {
            foreach ((string asset, UInt256 onChain) in new[]
            {
                (World.Dollar, world.Usd.BalanceOf(sender)),
                (World.OddAsset, world.Odd.BalanceOf(sender)),
                (World.Coin, world.Simulated.Account(sender).Balance),
            })
            {
                await BalanceAsync(Book.Wallet(sender.ToHex(), asset, null).Code, onChain.ToBigInteger(), cancellationToken);
            }
        }

        if (world.Treasury is { } treasury)
        {
            await BalanceAsync(
                Book.Wallet(treasury.Address.ToHex(), World.Coin, null).Code,
                world.Simulated.Account(treasury.Address).Balance.ToBigInteger(), cancellationToken);
        }

        // What a restored database forgot and its client stated too late is paid all the same: it hangs in suspense, to the unit.
        BigInteger forgotten = payments.Where(payment => payment.Intent is null).SelectMany(PaidTo)
            .Where(move => move.Token == world.Usd.Address)
            .Aggregate(BigInteger.Zero, (sum, move) => sum + move.Amount.ToBigInteger());
        await BalanceAsync(Book.Suspense(World.Dollar).Code, suspended - forgotten, cancellationToken);
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
