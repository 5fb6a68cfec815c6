using ChainExec.Ethereum;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Execution;

/// <summary>Writes nonce slots and lanes. A move is a compare-and-set on the state; workers name their epoch as well.</summary>
internal sealed class SlotStore
{
    internal const string Columns =
        "id, chain_id, account, nonce, carrier_id, fill_carrier_id, state, state_before, tx_hash, block_hash, block_number, signer_told, "
        + "lease_epoch";

    /// <summary>The states of a slot that takes one of the places of its sender, as SQL: <see cref="SlotLifecycle.IsInFlight"/>.</summary>
    internal const string InFlight = "('reserved', 'sign_requested', 'signed', 'broadcast_unknown', 'accepted')";

    /// <summary>
    /// What slot <c>s</c> may still cost, as SQL: the dearest that is signed or asked for, because any of them may be mined, and a sealed
    /// price is sent without asking anybody again.
    /// </summary>
    internal const string Dearest = """
        select max(p.value + p.gas_limit * p.max_fee_per_gas + p.data_fee) as cost
        from   execution.prepared_call p
        where  p.slot_id = s.id
        and    (p.state = 'live'
                or exists (select from execution.execution e
                           where e.prepared_call_id = p.id and e.state in ('requested', 'signed')))
        """;

    /// <summary>
    /// Locks the lane of a sender, so that one transaction at a time binds its nonces. Null when the lane is not open yet.
    /// </summary>
    public async Task<long?> LockLaneAsync(DbSession session, long chain, Address sender, CancellationToken cancellationToken)
    {
        IReadOnlyList<long> rows = await session
            .Sql("select first_nonce from execution.lane where chain_id = @chain and sender = @sender for update")
            .With("chain", chain).With("sender", sender).ReadAsync(reader => reader.GetInt64(0), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    public Task<int> OpenLaneAsync(DbSession session, long chain, Address sender, long firstNonce, CancellationToken cancellationToken) =>
        session.Sql("insert into execution.lane (chain_id, sender, first_nonce) values (@chain, @sender, @first) on conflict do nothing")
            .With("chain", chain).With("sender", sender).With("first", firstNonce).ExecuteAsync(cancellationToken);

    /// <summary>How many slots of the sender are in flight, and how much wei they may still cost.</summary>
    public async Task<(long Count, TokenAmount Cost)> InFlightAsync(
        DbSession session, long chain, Address sender, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select count(*) as slots, coalesce(sum(dearest.cost), 0) as cost
            from   execution.nonce_slot s
            cross  join lateral ({Dearest}) dearest
            where  s.chain_id = @chain and s.account = @sender
            and    s.state in {InFlight}
            """;
        IReadOnlyList<(long, TokenAmount)> rows = await session.Sql(sql).With("chain", chain).With("sender", sender)
            .ReadAsync(reader => (reader.Long("slots"), reader.Amount("cost")), cancellationToken);
        return rows[0];
    }

    /// <summary>How many slots of the sender are in flight.</summary>
    public Task<long> CountInFlightAsync(DbSession session, long chain, Address sender, CancellationToken cancellationToken) =>
        session.Sql($"""
            select count(*) from execution.nonce_slot
            where  chain_id = @chain and account = @sender
            and    state in {InFlight}
            """)
            .With("chain", chain).With("sender", sender).ScalarAsync<long>(cancellationToken);

    /// <summary>How many slots of the sender are in a block that is not final.</summary>
    public Task<long> MinedAsync(DbSession session, long chain, Address sender, CancellationToken cancellationToken) =>
        session.Sql("select count(*) from execution.nonce_slot where chain_id = @chain and account = @sender and state = 'mined'")
            .With("chain", chain).With("sender", sender).ScalarAsync<long>(cancellationToken);

    /// <summary>
    /// Binds the lowest free nonce of a locked lane to a carrier: a released slot is owned again, else the nonce above the highest.
    /// </summary>
    public async Task<NonceSlot> BindAsync(
        DbSession session, long chain, Address sender, long firstNonce, Guid slotId, Guid carrier, string actor,
        CancellationToken cancellationToken)
    {
        const string releasedSql = $"""
            select {Columns} from execution.nonce_slot
            where  chain_id = @chain and account = @sender and state = 'released'
            order  by nonce limit 1
            for update
            """;
        NonceSlot? released = await session.Sql(releasedSql).With("chain", chain).With("sender", sender)
            .ReadSingleAsync(Read, cancellationToken);
        if (released is not null)
            return await OwnAgainAsync(session, released, carrier, actor, cancellationToken);

        const string sql = $"""
            insert into execution.nonce_slot (id, chain_id, account, nonce, carrier_id, state, next_step_at)
            select @id, @chain, @sender, greatest(@first, coalesce(max(nonce) + 1, 0)), @carrier, 'reserved', storage.clock()
            from   execution.nonce_slot
            where  chain_id = @chain and kind = 'eoa' and account = @sender and key = 0
            on conflict (chain_id, kind, account, key, nonce) do nothing
            returning {Columns}
            """;
        NonceSlot? bound = await session.Sql(sql).With("id", slotId).With("chain", chain).With("sender", sender).With("first", firstNonce)
            .With("carrier", carrier).ReadSingleAsync(Read, cancellationToken);
        NonceSlot slot = bound ?? throw new StaleWriteException($"The next nonce of {sender} was taken while it was bound.");
        History.Append(session, "slot", slot.Id, null, EnumText.Of(SlotEvent.Bound), EnumText.Of(slot.State), null,
            new { carrier, slot.Nonce }, actor);
        session.WakeWorkersAfterCommit();
        return slot;
    }

    /// <summary>Leases due slots. Slots of one sender come in nonce order.</summary>
    public async Task<IReadOnlyList<NonceSlot>> LeaseDueAsync(
        DbSession session, string worker, TimeSpan leaseFor, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            update execution.nonce_slot
            set    leased_by = @worker, lease_epoch = lease_epoch + 1, leased_until = storage.clock() + @lease_for
            where  id in (
                select id
                from   execution.nonce_slot
                where  next_step_at <= storage.clock()
                and    (leased_until is null or leased_until < storage.clock())
                order  by next_step_at, id
                limit  @limit
                for update skip locked)
            returning {Columns}
            """;
        IReadOnlyList<NonceSlot> slots = await session.Sql(sql).With("worker", worker).With("lease_for", leaseFor).With("limit", limit)
            .ReadAsync(Read, cancellationToken);
        return [.. slots.OrderBy(slot => slot.Chain).ThenBy(slot => slot.Sender).ThenBy(slot => slot.Nonce)];
    }

    /// <summary>Moves a slot under the lease that the caller holds.</summary>
    /// <exception cref="StaleWriteException">The lease was lost or the slot moved meanwhile.</exception>
    public Task<NonceSlot> MoveLeasedAsync(
        DbSession session, NonceSlot slot, SlotEvent happened, TimeSpan? nextStepIn, object? evidence, string actor,
        CancellationToken cancellationToken) =>
        MoveAsync(session, slot, happened, new SlotChange(actor, nextStepIn, evidence), slot.Epoch, cancellationToken);

    /// <summary>The same for the last move under a lease.</summary>
    public Task<NonceSlot> MoveLastAsync(
        DbSession session, NonceSlot slot, SlotEvent happened, TimeSpan nextStepIn, object? evidence, string actor,
        CancellationToken cancellationToken) =>
        MoveAsync(
            session, slot, happened, new SlotChange(actor, nextStepIn, evidence, EndsLease: true), slot.Epoch, cancellationToken);

    /// <summary>Moves a slot by evidence; the caller has locked its row.</summary>
    public Task<NonceSlot> MoveAsync(
        DbSession session, NonceSlot slot, SlotEvent happened, SlotChange change, CancellationToken cancellationToken) =>
        MoveAsync(session, slot, happened, change, epoch: null, cancellationToken);

    /// <summary>The slot of a nonce, locked. Every column of its key is named: else all slots of the chain are looked through.</summary>
    public Task<NonceSlot?> FindAsync(DbSession session, long chain, Address sender, long nonce, CancellationToken cancellationToken) =>
        session.Sql($"""
            select {Columns} from execution.nonce_slot
            where  chain_id = @chain and kind = 'eoa' and account = @sender and key = 0 and nonce = @nonce for update
            """)
            .With("chain", chain).With("sender", sender).With("nonce", nonce).ReadSingleAsync(Read, cancellationToken);

    /// <summary>The slot of a carrier, locked.</summary>
    public Task<NonceSlot?> FindByCarrierAsync(DbSession session, Guid carrier, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from execution.nonce_slot where carrier_id = @carrier for update")
            .With("carrier", carrier).ReadSingleAsync(Read, cancellationToken);

    /// <summary>Whether a slot above this one is in use: then a released nonce below it must be filled.</summary>
    public Task<bool> IsNeededBelowAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        const string sql = """
            select exists (select from execution.nonce_slot
                           where chain_id = @chain and kind = 'eoa' and account = @sender and key = 0 and nonce > @nonce
                           and   state <> 'released')
            """;
        return session.Sql(sql).With("chain", slot.Chain).With("sender", slot.Sender).With("nonce", slot.Nonce)
            .ScalarAsync<bool>(cancellationToken);
    }

    /// <summary>A nonce that the chain or the signer's journal knows and this database did not.</summary>
    public async Task<NonceSlot> InsertKnownAsync(
        DbSession session, NonceSlot slot, string happened, TimeSpan? nextStepIn, object evidence, string actor,
        CancellationToken cancellationToken)
    {
        const string sql = $"""
            insert into execution.nonce_slot (id, chain_id, account, nonce, carrier_id, state, state_before, tx_hash, block_hash,
              block_number,
                                              lease_epoch, next_step_at)
            values (@id, @chain, @sender, @nonce, @carrier, @state, @before, @tx, @block, @number, @epoch, storage.clock() + @next)
            returning {Columns}
            """;
        NonceSlot stored = (await session.Sql(sql)
            .With("id", slot.Id).With("chain", slot.Chain).With("sender", slot.Sender).With("nonce", slot.Nonce)
            .With("carrier", slot.Carrier)
            .With("state", slot.State).With("before", slot.StateBefore).With("tx", slot.TxHash).With("block", slot.BlockHash)
            .With("number", slot.BlockNumber).With("epoch", slot.Epoch).With("next", nextStepIn)
            .ReadSingleAsync(Read, cancellationToken))!;
        History.Append(
            session, "slot", stored.Id, null, happened, EnumText.Of(stored.State), null, evidence, actor);
        return stored;
    }

    /// <summary>Nothing moved: look again later. Only under the lease, which every move by evidence ends.</summary>
    public Task<int> WaitAsync(DbSession session, NonceSlot slot, TimeSpan? delay, CancellationToken cancellationToken)
    {
        const string sql = """
            update execution.nonce_slot
            set    next_step_at = storage.clock() + @delay, leased_by = null, leased_until = null
            where  id = @id and lease_epoch = @epoch and leased_by is not null
            """;
        return session.Sql(sql).With("id", slot.Id).With("epoch", slot.Epoch).With("delay", delay).ExecuteAsync(cancellationToken);
    }

    public Task<int> ParkAsync(DbSession session, NonceSlot slot, string error, CancellationToken cancellationToken)
    {
        const string sql = """
            update execution.nonce_slot
            set    next_step_at = null, needs_operator = @error, leased_by = null, leased_until = null
            where  id = @id and lease_epoch = @epoch and leased_by is not null
            """;
        return session.Sql(sql).With("id", slot.Id).With("epoch", slot.Epoch).With("error", error.Cut(4000))
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Bytes of the slot may have to be sent by us from now on.</summary>
    public Task<int> WakeAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        session.WakeWorkersAfterCommit();
        return session.Sql("""
            update execution.nonce_slot set next_step_at = storage.clock()
            where  id = @id and state in ('signed', 'broadcast_unknown', 'accepted')
            """).With("id", slot.Id).ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// The nonce is to be consumed by a fill from now on. The epoch rises, so that a worker which leased the slot before can neither write
    /// nor get a signature any more.
    /// </summary>
    public async Task<NonceSlot> AskFillAsync(
        DbSession session, NonceSlot slot, Guid fillCarrier, string actor, string reason, CancellationToken cancellationToken)
    {
        // What is in a block may be orphaned: then the wish is found here.
        TimeSpan? next = slot.State is SlotState.Mined or SlotState.Taken ? null : TimeSpan.Zero;
        NonceSlot asked = await MoveAsync(
            session, slot, SlotEvent.FillAsked, new SlotChange(actor, next, new { fillCarrier }, reason, FillCarrier: fillCarrier),
            cancellationToken);
        await RaiseEpochAsync(session, slot.Id, slot.Epoch + 1, cancellationToken);
        return asked with { Epoch = slot.Epoch + 1 };
    }

    /// <summary>Another member of the family carries on in this slot. The lease goes on.</summary>
    public Task<NonceSlot> HandOverAsync(
        DbSession session, NonceSlot slot, Guid carrier, string actor, CancellationToken cancellationToken) =>
        MoveAsync(
            session, slot, SlotEvent.Escalated, new SlotChange(actor, TimeSpan.Zero, new { from = slot.Carrier, to = carrier },
            Carrier: carrier),
            slot.Epoch, cancellationToken);

    /// <summary>Whether every lower nonce of the sender is mined or resolved, so that the pool can take this one next.</summary>
    public Task<bool> IsLowestOpenAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select not exists (
                select from execution.nonce_slot
                where  chain_id = @chain and account = @sender and nonce < @nonce
                and    state in {InFlight})
            """;
        return session.Sql(sql).With("chain", slot.Chain).With("sender", slot.Sender).With("nonce", slot.Nonce)
            .ScalarAsync<bool>(cancellationToken);
    }

    public Task<int> MarkSignerToldAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken) =>
        session.Sql("""
            update execution.nonce_slot set signer_told = true, next_step_at = null, leased_by = null, leased_until = null
            where  id = @id and state = @state and block_hash is not distinct from @block
            """)
            .With("id", slot.Id).With("state", slot.State).With("block", slot.BlockHash).ExecuteAsync(cancellationToken);

    /// <summary>Takes over the signer's epoch where it is higher: a restored database must not fall behind what was journalled.</summary>
    public Task<int> RaiseEpochAsync(DbSession session, Guid slot, long epoch, CancellationToken cancellationToken) =>
        session.Sql("update execution.nonce_slot set lease_epoch = greatest(lease_epoch, @epoch) where id = @id")
            .With("id", slot).With("epoch", epoch).ExecuteAsync(cancellationToken);

    /// <summary>Those of these slots on which their worker still holds the lease, as they stand.</summary>
    public async Task<IReadOnlyList<NonceSlot>> StillLeasedAsync(
        DbSession session, IReadOnlyList<NonceSlot> leased, CancellationToken cancellationToken)
    {
        Dictionary<Guid, long> epochs = leased.ToDictionary(slot => slot.Id, slot => slot.Epoch);
        IReadOnlyList<NonceSlot> rows = await session
            .Sql($"select {Columns} from execution.nonce_slot where id = any (@ids) and leased_by is not null order by nonce")
            .WithArray("ids", [.. epochs.Keys], NpgsqlTypes.NpgsqlDbType.Uuid).ReadAsync(Read, cancellationToken);
        return [.. rows.Where(slot => slot.Epoch == epochs[slot.Id])];
    }

    /// <summary>Whether a worker still holds the lease on a slot in this state; locks the row.</summary>
    public async Task<bool> HoldsLeaseAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken)
    {
        IReadOnlyList<bool> rows = await session
            .Sql("select true from execution.nonce_slot where id = @id and lease_epoch = @epoch and state = @state for update")
            .With("id", slot.Id).With("epoch", slot.Epoch).With("state", slot.State)
            .ReadAsync(reader => reader.GetBoolean(0), cancellationToken);
        return rows.Count == 1;
    }

    internal static NonceSlot Read(NpgsqlDataReader reader) => new(
        reader.Uuid("id"),
        reader.Long("chain_id"),
        reader.Address("account"),
        reader.Long("nonce"),
        reader.UuidOrNull("carrier_id"),
        reader.UuidOrNull("fill_carrier_id"),
        reader.State<SlotState>("state"),
        reader.TextOrNull("state_before") is { } before ? EnumText.Parse<SlotState>(before) : null,
        reader.HashOrNull("tx_hash"),
        reader.HashOrNull("block_hash"),
        reader.LongOrNull("block_number"),
        reader.Bool("signer_told"),
        reader.Long("lease_epoch"));

    private static async Task<NonceSlot> OwnAgainAsync(
        DbSession session, NonceSlot released, Guid carrier, string actor, CancellationToken cancellationToken)
    {
        SlotState to = SlotLifecycle.Table.Move(released.State, SlotEvent.Bound);
        const string sql = """
            update execution.nonce_slot
            set    carrier_id = @carrier, state = @to, next_step_at = storage.clock(), updated_at = storage.clock(), needs_operator = null,
                   lease_epoch = lease_epoch + 1
            where  id = @id and state = 'released'
            """;
        await session.Sql(sql).With("carrier", carrier).With("to", to).With("id", released.Id).ExecuteAsync(cancellationToken);
        History.Append(
            session, "slot", released.Id, EnumText.Of(released.State), EnumText.Of(SlotEvent.Bound), EnumText.Of(to), null,
            new { carrier, released.Nonce }, actor);
        session.WakeWorkersAfterCommit();
        return released with { Carrier = carrier, State = to, Epoch = released.Epoch + 1 };
    }

    private static async Task<NonceSlot> MoveAsync(
        DbSession session, NonceSlot slot, SlotEvent happened, SlotChange change, long? epoch, CancellationToken cancellationToken) =>
        (await SlotMoves.AllAsync(session, [new SlotMove(slot, happened, change, epoch)], cancellationToken))[0];
}

/// <summary>What a move of a slot writes besides the state.</summary>
/// <param name="NextStepIn">When a worker should look at it again; never when null.</param>
/// <param name="DropsFill">Whether the nonce is not to be filled any more.</param>
/// <param name="EndsLease">Whether whoever moves it under a lease is done with it, although it is looked at again.</param>
internal sealed record SlotChange(
    string Actor, TimeSpan? NextStepIn, object? Evidence = null, string? Reason = null, Guid? Carrier = null, Hash32? TxHash = null,
    Hash32? BlockHash = null, long? BlockNumber = null, Guid? FillCarrier = null, bool EndsLease = false,
    bool DropsFill = false);
