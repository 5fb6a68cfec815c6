using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>How many transactions a sender has in flight.</summary>
internal sealed record LanePlaces(long Chain, Address Sender, long InFlight);

/// <summary>A locked lane, as far as binding in it asks.</summary>
/// <param name="Next">The nonce above the highest.</param>
/// <param name="Cost">Wei that what is in flight may still cost.</param>
/// <param name="IsPlain">Whether nobody paused the sender, its line moves, and no nonce was given back that is to be owned first.</param>
internal sealed record LockedLane(
    long Chain, Address Sender, long Next, long InFlight, TokenAmount Cost, long Mined, bool IsPlain);

/// <summary>Reads and writes for many intents or slots of a lane at once; what they mean is said where one is handled.</summary>
internal sealed class LaneStore
{
    private static readonly AppendTable Carriers = new(
        "execution.carrier",
        [
            ("id", NpgsqlDbType.Uuid), ("chain_id", NpgsqlDbType.Bigint), ("sender", NpgsqlDbType.Bytea), ("kind", NpgsqlDbType.Text),
            ("family_key", NpgsqlDbType.Text), ("effect_hash", NpgsqlDbType.Bytea),
        ],
        [("state", "'open'")]);

    private static readonly AppendTable Members = new(
        "execution.carrier_member", [("carrier_id", NpgsqlDbType.Uuid), ("intent_id", NpgsqlDbType.Uuid)]);

    private static readonly AppendTable Slots = new(
        "execution.nonce_slot",
        [
            ("id", NpgsqlDbType.Uuid), ("chain_id", NpgsqlDbType.Bigint), ("account", NpgsqlDbType.Bytea), ("nonce", NpgsqlDbType.Bigint),
            ("carrier_id", NpgsqlDbType.Uuid),
        ],
        [("state", "'reserved'"), ("next_step_at", "storage.clock()")]);

    private static readonly AppendTable Prepared = new(
        "execution.prepared_call",
        [
            ("id", NpgsqlDbType.Uuid), ("carrier_id", NpgsqlDbType.Uuid), ("slot_id", NpgsqlDbType.Uuid),
            ("effect_hash", NpgsqlDbType.Bytea), ("to", NpgsqlDbType.Bytea), ("value", NpgsqlDbType.Numeric), ("data", NpgsqlDbType.Bytea),
            ("gas_limit", NpgsqlDbType.Bigint), ("max_fee_per_gas", NpgsqlDbType.Numeric),
            ("max_priority_fee_per_gas", NpgsqlDbType.Numeric), ("inputs", NpgsqlDbType.Jsonb), ("head_number", NpgsqlDbType.Bigint),
            ("data_fee", NpgsqlDbType.Numeric),
        ],
        [("rung", "0"), ("state", "'live'")]);

    private static readonly AppendTable Executions = new(
        "execution.execution", [("id", NpgsqlDbType.Uuid), ("prepared_call_id", NpgsqlDbType.Uuid)], [("state", "'requested'")]);

    private static readonly AppendTable Nodes = new(
        "execution.node",
        [("id", NpgsqlDbType.Uuid), ("execution_id", NpgsqlDbType.Uuid), ("provider", NpgsqlDbType.Text)],
        [("state", "'unknown'"), ("sends", "1"), ("first_sent_at", "storage.clock()"), ("last_sent_at", "storage.clock()")]);

    /// <summary>
    /// Those of the intents that go the plain way: nothing was ever bound for them, they wait for nobody, nobody approves them, nothing is
    /// known of them that this database did not write. Beside each, whether its account batches and it shares.
    /// </summary>
    public async Task<IReadOnlyDictionary<IntentId, bool>> PlainAsync(
        DbSession session, IReadOnlyList<IntentId> intents, CancellationToken cancellationToken)
    {
        IReadOnlyList<(IntentId Id, bool Shares)> plain = await session.Sql("""
            select i.id, a.batches and i.shares as shares
            from   execution.intent i
            join   custody.v_account a on a.chain_id = i.chain_id and a.address = i.sender and a.custody = 'server'
            where  i.id = any (@intents)
            and    not exists (select from execution.intent_dependency d where d.intent_id = i.id)
            -- Carriers that gave their nonce back before anything was asked to be signed have no slot any more, and count no more.
            and    not exists (select from execution.carrier_member m join execution.carrier c on c.id = m.carrier_id
                               where m.intent_id = i.id
                               and   (m.resolved_at is null or c.refused
                                      or exists (select from execution.nonce_slot s where s.carrier_id = m.carrier_id)))
            and    not exists (select from execution.carrier c where c.family_key = i.family_key)
            and    not exists (select from execution.carrier_call f join execution.nonce_slot s on s.carrier_id = f.carrier_id
                               where f.family_key = i.family_key)
            """)
            .WithArray("intents", intents, NpgsqlDbType.Uuid)
            .ReadAsync(reader => (new IntentId(reader.Uuid("id")), reader.Bool("shares")), cancellationToken);
        return plain.ToDictionary(row => row.Id, row => row.Shares);
    }

    /// <summary>Whether any of these families has a carrier already.</summary>
    public Task<bool> IsAnyCarriedAsync(DbSession session, IReadOnlyList<string> families, CancellationToken cancellationToken) =>
        session.Sql("""
            select exists (select from execution.carrier where family_key = any (@families))
                   or exists (select from execution.carrier_call f join execution.nonce_slot s on s.carrier_id = f.carrier_id
                              where f.family_key = any (@families))
            """)
            .WithArray("families", families, NpgsqlDbType.Text).ScalarAsync<bool>(cancellationToken);

    /// <summary>How many transactions each of the senders has in flight.</summary>
    public Task<IReadOnlyList<LanePlaces>> PlacesAsync(
        DbSession session, IReadOnlyList<(long Chain, Address Sender)> lanes, CancellationToken cancellationToken) =>
        session.Sql($"""
            select l.chain_id, l.sender,
                   (select count(*) from execution.nonce_slot s
                    where  s.chain_id = l.chain_id and s.account = l.sender
                    and    s.state in {SlotStore.InFlight}) as in_flight
            from   unnest(@chains, @senders) as l (chain_id, sender)
            """)
            .WithArray("chains", [.. lanes.Select(lane => lane.Chain)], NpgsqlDbType.Bigint)
            .WithArray("senders", [.. lanes.Select(lane => lane.Sender)], NpgsqlDbType.Bytea)
            .ReadAsync(
                reader => new LanePlaces(reader.Long("chain_id"), reader.Address("sender"), reader.Long("in_flight")), cancellationToken);

    /// <summary>Nothing moved: they wait for a place in their lane. Only under their leases.</summary>
    public Task<int> WaitForPlaceAsync(
        DbSession session, IReadOnlyList<LeasedIntent> leased, TimeSpan delay, string reason, string detail,
        CancellationToken cancellationToken) =>
        session.Sql("""
            update execution.intent i
            set    next_step_at = least(i.deadline, storage.clock() + @delay), reason = @reason, detail = @detail, leased_by = null,
                   leased_until = null
            from   unnest(@ids, @epochs) as w (id, epoch)
            where  i.id = w.id and i.lease_epoch = w.epoch and i.state = 'preparing'
            """)
            .WithArray("ids", [.. leased.Select(one => one.Intent.Id)], NpgsqlDbType.Uuid)
            .WithArray("epochs", [.. leased.Select(one => one.Epoch)], NpgsqlDbType.Bigint)
            .With("delay", delay).With("reason", reason).With("detail", detail).ExecuteAsync(cancellationToken);

    /// <summary>Locks open lanes in one order, and reads how each stands behind its lock.</summary>
    public async Task<IReadOnlyList<LockedLane>> LockLanesAsync(
        DbSession session, IReadOnlyList<(long Chain, Address Sender)> lanes, CancellationToken cancellationToken)
    {
        await Of("""
            select 1 from execution.lane where (chain_id, sender) in (select * from unnest(@chains, @senders))
            order  by chain_id, sender
            for    update
            """).ExecuteAsync(cancellationToken);
        return await Of($"""
            select l.chain_id, l.sender,
                   greatest(l.first_nonce, coalesce((select max(s.nonce) + 1 from execution.nonce_slot s
                                                     where  s.chain_id = l.chain_id and s.kind = 'eoa' and s.account = l.sender
                                                     and    s.key = 0), 0)) as next,
                   flight.slots, flight.cost,
                   (select count(*) from execution.nonce_slot s
                    where  s.chain_id = l.chain_id and s.account = l.sender and s.state = 'mined') as mined,
                   not exists (select from execution.nonce_slot s
                               where s.chain_id = l.chain_id and s.account = l.sender and s.state = 'released')
                   and not exists (select from execution.sender_pause p where p.chain_id = l.chain_id and p.sender = l.sender)
                   and not exists (select from execution.head_of_line h
                                   where h.chain_id = l.chain_id and h.sender = l.sender and h.stuck_at is not null) as plain
            from   execution.lane l
            cross  join lateral (
                   select count(*) as slots, coalesce(sum(dearest.cost), 0) as cost
                   from   execution.nonce_slot s
                   cross  join lateral ({SlotStore.Dearest}) dearest
                   where  s.chain_id = l.chain_id and s.account = l.sender
                   and    s.state in {SlotStore.InFlight}) flight
            where  (l.chain_id, l.sender) in (select * from unnest(@chains, @senders))
            """)
            .ReadAsync(
                reader => new LockedLane(
                    reader.Long("chain_id"), reader.Address("sender"), reader.Long("next"), reader.Long("slots"), reader.Amount("cost"),
                    reader.Long("mined"), reader.Bool("plain")),
                cancellationToken);

        Statement Of(string sql) => session.Sql(sql)
            .WithArray("chains", [.. lanes.Select(lane => lane.Chain)], NpgsqlDbType.Bigint)
            .WithArray("senders", [.. lanes.Select(lane => lane.Sender)], NpgsqlDbType.Bytea);
    }

    /// <summary>Locks intents in one order; those that are still preparing under the lease that is named.</summary>
    public async Task<IReadOnlySet<IntentId>> LockLeasedAsync(
        DbSession session, IReadOnlyList<LeasedIntent> leased, CancellationToken cancellationToken)
    {
        Dictionary<Guid, long> epochs = leased.ToDictionary(one => one.Intent.Id.Value, one => one.Epoch);
        IReadOnlyList<(Guid Id, long Epoch)> rows = await session.Sql("""
            select id, lease_epoch from execution.intent where id = any (@ids) and state = 'preparing' order by id for update
            """)
            .WithArray("ids", [.. epochs.Keys], NpgsqlDbType.Uuid)
            .ReadAsync(reader => (reader.Uuid("id"), reader.Long("lease_epoch")), cancellationToken);
        return rows.Where(row => epochs[row.Id] == row.Epoch).Select(row => new IntentId(row.Id)).ToHashSet();
    }

    /// <summary>How many intents wait for a place in each of the lanes, by priority.</summary>
    public Task<IReadOnlyList<(long Chain, Address Sender, int Priority, long Count)>> WaitingAsync(
        DbSession session, IReadOnlyList<(long Chain, Address Sender)> lanes, CancellationToken cancellationToken) =>
        session.Sql("""
            select l.chain_id, l.sender, w.priority, w.waiting
            from   unnest(@chains, @senders) as l (chain_id, sender)
            cross  join lateral (
                   select i.priority, count(*) as waiting from execution.intent i
                   where  i.chain_id = l.chain_id and i.sender = l.sender and i.state = 'preparing' and i.reason = 'lane_full'
                   and    i.next_step_at is not null
                   group  by i.priority) w
            """)
            .WithArray("chains", [.. lanes.Select(lane => lane.Chain)], NpgsqlDbType.Bigint)
            .WithArray("senders", [.. lanes.Select(lane => lane.Sender)], NpgsqlDbType.Bytea)
            .ReadAsync(
                reader => (reader.Long("chain_id"), reader.Address("sender"), reader.Int("priority"), reader.Long("waiting")),
                cancellationToken);

    /// <summary>A carrier with one member, its slot and its price, written before the commit.</summary>
    public static void Bind(DbSession session, Carrier carrier, IntentId member, Guid slot, long nonce, PreparedCall call, string actor)
    {
        session.Append(
            Carriers, carrier.Id, carrier.Chain, carrier.Sender, EnumText.Of(carrier.Kind), carrier.FamilyKey, carrier.EffectHash);
        session.Append(Members, carrier.Id, member);
        session.Append(Slots, slot, carrier.Chain, carrier.Sender, nonce, carrier.Id);
        session.Append(
            Prepared, call.Id, call.Carrier, call.Slot, call.EffectHash, call.To, call.Value, call.Data, call.GasLimit, call.MaxFeePerGas,
            call.MaxPriorityFeePerGas, call.InputsJson, call.HeadNumber, call.DataFee);
        History.Append(
            session, "slot", slot, null, EnumText.Of(SlotEvent.Bound), EnumText.Of(SlotState.Reserved), null,
            new { carrier = carrier.Id, nonce }, actor);
    }

    /// <summary>Locks slots in the order in which everybody does, and the intents behind them.</summary>
    public async Task LockAsync(DbSession session, IReadOnlyList<NonceSlot> slots, CancellationToken cancellationToken)
    {
        await session.Sql("""
            select 1 from execution.nonce_slot where id = any (@slots) order by chain_id, account, nonce for update
            """)
            .WithArray("slots", [.. slots.Select(slot => slot.Id)], NpgsqlDbType.Uuid).ExecuteAsync(cancellationToken);
        await session.Sql("""
            select 1 from execution.intent
            where  id in (select intent_id from execution.carrier_member where carrier_id = any (@carriers))
            order  by id
            for update
            """)
            .WithArray("carriers", [.. slots.Select(slot => slot.Carrier)], NpgsqlDbType.Uuid).ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// What slots carry that can be asked to be signed as they stand: one price, prepared for an account whose owner approves nothing, and
    /// nothing that was ever asked for in the slot before.
    /// </summary>
    public async Task<IReadOnlyDictionary<Guid, (Carrier Carrier, PreparedCall Call)>> PlainCallsAsync(
        DbSession session, IReadOnlyList<NonceSlot> slots, CancellationToken cancellationToken)
    {
        IReadOnlyList<(Carrier Carrier, PreparedCall Call)> rows = await session.Sql("""
            select p.id, p.carrier_id, p.slot_id, p.effect_hash, p."to", p.value, p.data, p.gas_limit, p.max_fee_per_gas,
                   p.max_priority_fee_per_gas, p.inputs, p.rung, p.head_number, p.data_fee, c.chain_id, c.sender, c.family_key
            from   execution.prepared_call p
            join   execution.carrier c on c.id = p.carrier_id and c.kind = 'intent'
            join   custody.v_account a on a.chain_id = c.chain_id and a.address = c.sender and a.custody = 'server'
            where  p.slot_id = any (@slots) and p.carrier_id = any (@carriers) and p.state = 'live'
            and    not exists (select from execution.prepared_call other where other.slot_id = p.slot_id and other.id <> p.id)
            """)
            .WithArray("slots", [.. slots.Select(slot => slot.Id)], NpgsqlDbType.Uuid)
            .WithArray("carriers", [.. slots.Select(slot => slot.Carrier)], NpgsqlDbType.Uuid)
            .ReadAsync(
                reader => (
                    new Carrier(
                        reader.Uuid("carrier_id"), reader.Long("chain_id"), reader.Address("sender"), CarrierKind.Intent,
                        reader.Text("family_key"), reader.Hash("effect_hash")),
                    AttemptStore.ReadPrepared(reader)),
                cancellationToken);
        return rows.ToDictionary(row => row.Call.Slot);
    }

    /// <summary>The compositions of carriers are final, and their prices asked to be signed.</summary>
    public static void Request(DbSession session, IReadOnlyList<(Guid Execution, PreparedCall Call)> asked)
    {
        session.Sql("update execution.carrier set state = 'frozen' where id = any (@ids) and state = 'open'")
            .WithArray("ids", [.. asked.Select(one => one.Call.Carrier)], NpgsqlDbType.Uuid).RunLater();
        foreach ((Guid execution, PreparedCall call) in asked)
            session.Append(Executions, execution, call.Id);
    }

    /// <exception cref="StaleWriteException">One of them is not asked for any more.</exception>
    public async Task StoreSignaturesAsync(
        DbSession session, IReadOnlyList<(Guid Execution, Hash32 Hash, ReadOnlyMemory<byte> Raw)> signed,
        CancellationToken cancellationToken)
    {
        int stored = await session.Sql("""
            update execution.execution e set state = 'signed', tx_hash = s.tx_hash, raw = s.raw, answered_at = storage.clock()
            from   unnest(@ids, @hashes, @raws) as s (id, tx_hash, raw)
            where  e.id = s.id and e.state = 'requested'
            """)
            .WithArray("ids", [.. signed.Select(one => one.Execution)], NpgsqlDbType.Uuid)
            .WithArray("hashes", [.. signed.Select(one => one.Hash)], NpgsqlDbType.Bytea)
            .WithArray("raws", [.. signed.Select(one => one.Raw)], NpgsqlDbType.Bytea)
            .ExecuteAsync(cancellationToken);
        if (stored != signed.Count)
            throw new StaleWriteException("A price of the lane is no longer asked to be signed.");
    }

    /// <summary>Committed before the bytes leave for the first time.</summary>
    public static void CountSend(DbSession session, Guid id, Guid execution, string provider) =>
        session.Append(Nodes, id, execution, provider);

    /// <summary>Of slots that the chain resolved: the family the signer knows each by, and whether its transaction succeeded.</summary>
    public Task<IReadOnlyList<(Guid Slot, string Family, bool Succeeded)>> OutcomesAsync(
        DbSession session, IReadOnlyList<NonceSlot> slots, CancellationToken cancellationToken) =>
        // Slot by slot: a plan that begins with the final blocks reads more each day.
        session.Sql("""
            select s.id, c.family_key, t.succeeded
            from   execution.nonce_slot s
            join   execution.carrier c on c.id = s.carrier_id
            cross  join lateral (
              select t.succeeded from indexing.v_transaction t
              where  t.chain_id = s.chain_id and t.tx_hash = s.tx_hash and t.block_hash = s.block_hash and t.status = 'final'
              limit  1) t
            where  s.id = any (@slots) and s.state = 'finalized'
            """)
            .WithArray("slots", [.. slots.Select(slot => slot.Id)], NpgsqlDbType.Uuid)
            .ReadAsync(reader => (reader.Uuid("id"), reader.Text("family_key"), reader.Bool("succeeded")), cancellationToken);

    /// <summary>The signer knows how these ended.</summary>
    public static void MarkSignerTold(DbSession session, IReadOnlyList<NonceSlot> slots) =>
        session.Sql("""
            update execution.nonce_slot s set signer_told = true, next_step_at = null, leased_by = null, leased_until = null
            from   unnest(@slots, @blocks) as t (id, block_hash)
            where  s.id = t.id and s.state = 'finalized' and s.block_hash = t.block_hash
            """)
            .WithArray("slots", [.. slots.Select(slot => slot.Id)], NpgsqlDbType.Uuid)
            .WithArray("blocks", [.. slots.Select(slot => slot.BlockHash)], NpgsqlDbType.Bytea).RunLater();
}
