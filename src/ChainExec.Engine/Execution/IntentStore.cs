using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>Writes intents. A move is a compare-and-set on the state, a history row and a fact, in the caller's transaction.</summary>
internal sealed class IntentStore(FactWriter facts)
{
    internal const string Columns = """
        id, root_id, parent_id, owner_id, chain_id, account_id, sender, family_key, client_reference, state, spends, hold_id, deadline,
        max_total_fee, created_by, wish, rungs_max, generation, on_revert, priority, shares, front_id
        """;

    // One whose batch ended without it goes on with a carrier of its own: what befalls the batch is not its business any more.
    private const string CurrentMembers = """
        select m.intent_id from execution.carrier_member m join execution.carrier c on c.id = m.carrier_id
        where  m.carrier_id = @carrier
        and    not exists (select from execution.carrier_member o join execution.carrier n on n.id = o.carrier_id
                           where  o.intent_id = m.intent_id and n.created_at > c.created_at)
        """;

    private readonly IntentMoves _moves = new(facts);

    /// <summary>Stores a new root intent, due at once. False when its family or client reference exists already.</summary>
    public async Task<bool> InsertAsync(
        DbSession session, Intent intent, IReadOnlyList<IntentId> after, CancellationToken cancellationToken)
    {
        if (await InsertRowAsync(session, intent, cancellationToken) == 0)
            return false;
        foreach (IntentId dependency in after)
        {
            await session.Sql("insert into execution.intent_dependency (intent_id, depends_on) values (@intent, @depends_on)")
                .With("intent", intent.Id).With("depends_on", dependency).ExecuteAsync(cancellationToken);
        }

        await TellAdmittedAsync(session, intent, cancellationToken);
        return true;
    }

    /// <summary>Those of the names of payments that are taken.</summary>
    public async Task<IReadOnlySet<string>> TakenFamiliesAsync(
        DbSession session, IReadOnlyList<string> families, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> rows = await session
            .Sql("select family_key from execution.intent where family_key = any (@families) and parent_id is null")
            .WithArray("families", families, NpgsqlDbType.Text).ReadAsync(reader => reader.Text("family_key"), cancellationToken);
        return rows.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Stores new root intents that wait for nobody, due at once.</summary>
    /// <exception cref="StaleWriteException">The name of one is taken already; none of them may be committed.</exception>
    public async Task InsertManyAsync(DbSession session, IReadOnlyList<Intent> intents, CancellationToken cancellationToken)
    {
        if (await InsertRowsAsync(session, intents, cancellationToken) != intents.Count)
            throw new StaleWriteException("The name of an intent was claimed meanwhile.");
        foreach (Intent intent in intents)
            await TellAdmittedAsync(session, intent, cancellationToken);
    }

    private Task TellAdmittedAsync(DbSession session, Intent intent, CancellationToken cancellationToken)
    {
        History.Append(
            session, "intent", intent.Id.Value, null, "admitted", EnumText.Of(intent.State), null, null, intent.CreatedBy);
        return _moves.TellAsync(session, intent, intent.State, new IntentMove(intent.CreatedBy), cancellationToken);
    }

    /// <summary>
    /// Stores the child that carries on for an intent, which was escalated in this transaction: the same outcome, hold and fee, one
    /// generation on.
    /// </summary>
    public async Task<Intent> InsertChildAsync(
        DbSession session, IntentId id, Intent parent, string actor, CancellationToken cancellationToken)
    {
        Intent child = parent with
        {
            Id = id, Parent = parent.Id, State = IntentState.Created, Wish = null, Generation = parent.Generation + 1, CreatedBy = actor,
        };
        if (await InsertRowAsync(session, child, cancellationToken) == 0)
            throw new InvalidOperationException($"The child of {parent.Id} could not be stored: the family has another living member.");
        History.Append(session, "intent", child.Id.Value, null, "escalated_from", EnumText.Of(child.State), null,
            new { parent = parent.Id.Value, child.Generation }, actor);
        session.WakeWorkersAfterCommit();
        return child;
    }

    /// <summary>
    /// Stores the child with which an operator goes on with an ended family. Outside, the root lives again from here on.
    /// </summary>
    /// <param name="what">operator_retry or operator_adopt.</param>
    /// <param name="detail">The same as a sentence.</param>
    /// <exception cref="StaleWriteException">Another member was stored first.</exception>
    public async Task<Intent> InsertByOperatorAsync(
        DbSession session, IntentId id, Intent ended, string what, string detail, string reason, string actor,
        CancellationToken cancellationToken)
    {
        Intent child = ended with
        {
            Id = id, Parent = ended.Id, State = IntentState.Created, Wish = null, Generation = ended.Generation + 1, CreatedBy = actor,
        };
        if (await InsertRowAsync(session, child, cancellationToken) == 0)
            throw new StaleWriteException($"The family of {ended.Root} has another living member.");
        await session.Sql("""
            insert into execution.intent_dependency (intent_id, depends_on)
            select @child, depends_on from execution.intent_dependency where intent_id = @root
            """)
            .With("child", child.Id).With("root", child.Root).ExecuteAsync(cancellationToken);
        History.Append(session, "intent", child.Id.Value, null, what, EnumText.Of(child.State), what,
            new { parent = ended.Id.Value, child.Generation, why = reason }, actor);
        await _moves.TellAsync(session, child, child.State, new IntentMove(actor, what, detail), cancellationToken);
        session.WakeWorkersAfterCommit();
        return child;
    }

    /// <summary>Leases due intents. Concurrent workers get disjoint sets; a crashed worker's lease expires by itself.</summary>
    public async Task<IReadOnlyList<LeasedIntent>> LeaseDueAsync(
        DbSession session, string worker, TimeSpan leaseFor, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            update execution.intent
            set    leased_by = @worker, lease_epoch = lease_epoch + 1, leased_until = storage.clock() + @lease_for, attempts = attempts + 1
            where  id in (
                select id
                from   execution.intent
                where  next_step_at <= storage.clock()
                and    (leased_until is null or leased_until < storage.clock())
                order  by priority desc, next_step_at, id
                limit  @limit
                for update skip locked)
            returning {Columns}, lease_epoch, attempts
            """;
        IReadOnlyList<LeasedIntent> leased = await session.Sql(sql).With("worker", worker).With("lease_for", leaseFor).With("limit", limit)
            .ReadAsync(reader => new LeasedIntent(Read(reader), reader.Long("lease_epoch"), reader.Int("attempts")), cancellationToken);
        return [.. leased.OrderByDescending(item => item.Intent.Priority).ThenBy(item => item.Intent.Id.Value)];
    }

    /// <summary>Moves a leased intent; the lease ends with the move.</summary>
    /// <exception cref="StaleWriteException">The lease was lost or the intent moved meanwhile.</exception>
    public Task<Intent> MoveAsync(
        DbSession session, LeasedIntent leased, IntentEvent happened, IntentMove move, CancellationToken cancellationToken) =>
        MoveAsync(session, leased.Intent, happened, move, leased.Epoch, keepsLease: false, cancellationToken);

    /// <summary>Moves a leased intent that is stepped on at once, under the same lease.</summary>
    /// <exception cref="StaleWriteException">The lease was lost or the intent moved meanwhile.</exception>
    public async Task<LeasedIntent> MoveOnAsync(
        DbSession session, LeasedIntent leased, IntentEvent happened, IntentMove move, CancellationToken cancellationToken) =>
        leased with
        {
            Intent = await MoveAsync(session, leased.Intent, happened, move, leased.Epoch, keepsLease: true, cancellationToken),
        };

    /// <summary>Moves an intent whose row is reached by evidence rather than by a lease.</summary>
    public Task<Intent> MoveAsync(
        DbSession session, Intent intent, IntentEvent happened, IntentMove move, CancellationToken cancellationToken) =>
        MoveAsync(session, intent, happened, move, epoch: null, keepsLease: false, cancellationToken);

    /// <summary>Moves several at once.</summary>
    /// <exception cref="StaleWriteException">One was moved by somebody else, or its lease was lost; none of them moves.</exception>
    public Task<IReadOnlyList<Intent>> MoveManyAsync(
        DbSession session, IReadOnlyList<IntentStep> steps, CancellationToken cancellationToken) =>
        _moves.AllAsync(session, steps, cancellationToken);

    private async Task<Intent> MoveAsync(
        DbSession session, Intent intent, IntentEvent happened, IntentMove move, long? epoch, bool keepsLease,
        CancellationToken cancellationToken) =>
        (await _moves.AllAsync(session, [new IntentStep(intent, happened, move, epoch, keepsLease)], cancellationToken))[0];

    /// <summary>
    /// Bytes of a carrier are stored: its members that waited for them are signed. One that was told to end meanwhile keeps on ending.
    /// </summary>
    public async Task SignedAsync(DbSession session, Guid carrier, object evidence, string actor, CancellationToken cancellationToken)
    {
        IReadOnlyList<Intent> members = await MembersAsync(session, carrier, cancellationToken);
        await MoveManyAsync(
            session,
            [
                .. members.Where(intent => intent.State == IntentState.Signing)
                    .Select(intent => new IntentStep(intent, IntentEvent.Signed, new IntentMove(actor, Evidence: evidence))),
            ],
            cancellationToken);
    }

    /// <summary>Nothing moved: say why, and try again later. Only under the lease.</summary>
    public Task<int> WaitAsync(
        DbSession session, LeasedIntent leased, TimeSpan delay, string reason, string? detail, CancellationToken cancellationToken)
    {
        const string sql = """
            update execution.intent
            set    next_step_at = least(deadline, storage.clock() + @delay), reason = @reason, detail = @detail, leased_by = null,
                   leased_until = null
            where  id = @id and lease_epoch = @epoch and state = @state
            """;
        return session.Sql(sql).With("id", leased.Intent.Id).With("epoch", leased.Epoch).With("state", leased.Intent.State)
            .With("delay", delay).With("reason", reason).With("detail", detail.Cut(IntentMoves.DetailLengthMax))
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Nothing moved and nothing is to be said: look again later. Only under the lease.</summary>
    public Task<int> LookAgainAsync(DbSession session, LeasedIntent leased, TimeSpan delay, CancellationToken cancellationToken) =>
        session.Sql("""
            update execution.intent
            set    next_step_at = storage.clock() + @delay, leased_by = null, leased_until = null
            where  id = @id and lease_epoch = @epoch and state = @state
            """)
            .With("id", leased.Intent.Id).With("epoch", leased.Epoch).With("state", leased.Intent.State).With("delay", delay)
            .ExecuteAsync(cancellationToken);

    /// <summary>An intent that waits is looked at after a while, or at its deadline if that is sooner.</summary>
    public Task<int> LookInAsync(DbSession session, Intent intent, TimeSpan delay, CancellationToken cancellationToken) =>
        session.Sql("""
            update execution.intent set next_step_at = least(deadline, storage.clock() + @delay)
            where  id = @id and state = @state
            """)
            .With("id", intent.Id).With("state", intent.State).With("delay", delay).ExecuteAsync(cancellationToken);

    /// <summary>A bug: the intent stops where an operator sees it; the others go on.</summary>
    public Task<int> ParkAsync(DbSession session, LeasedIntent leased, Exception exception, CancellationToken cancellationToken)
    {
        string error = $"{exception.GetType().Name}: {exception.Message}";
        const string sql = """
            update execution.intent
            set    next_step_at = null, needs_operator = @error, leased_by = null, leased_until = null
            where  id = @id and lease_epoch = @epoch
            """;
        return session.Sql(sql).With("id", leased.Intent.Id).With("epoch", leased.Epoch)
            .With("error", error.Cut(4000)).ExecuteAsync(cancellationToken);
    }

    /// <summary>How many intents of the sender wait for room in its lane and come before this one.</summary>
    public Task<long> OutrankingAsync(DbSession session, Intent intent, CancellationToken cancellationToken) =>
        session.Sql("""
            select count(*) from execution.intent
            where  chain_id = @chain and sender = @sender and state = 'preparing' and priority > @priority and reason = 'lane_full'
            and    next_step_at is not null
            """)
            .With("chain", intent.Chain).With("sender", intent.Sender).With("priority", intent.Priority)
            .ScalarAsync<long>(cancellationToken);

    /// <summary>The states of what an intent waits for; of a family, that of its newest member.</summary>
    public Task<IReadOnlyList<IntentState>> DependenciesAsync(DbSession session, IntentId intent, CancellationToken cancellationToken)
    {
        const string sql = """
            select distinct on (i.root_id) i.state
            from   execution.intent_dependency d join execution.intent i on i.root_id = d.depends_on
            where  d.intent_id = @intent
            order  by i.root_id, i.generation desc
            """;
        return session.Sql(sql).With("intent", intent).ReadAsync(reader => reader.State<IntentState>("state"), cancellationToken);
    }

    /// <summary>The intents that a carrier carries, locked. One that went on with another carrier is not among them.</summary>
    public Task<IReadOnlyList<Intent>> MembersAsync(DbSession session, Guid carrier, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from execution.intent where id in ({CurrentMembers}) order by id for update")
            .With("carrier", carrier).ReadAsync(Read, cancellationToken);

    /// <summary>The intents that a carrier ever carried, locked.</summary>
    public Task<IReadOnlyList<Intent>> EveryMemberAsync(DbSession session, Guid carrier, CancellationToken cancellationToken) =>
        session.Sql($"""
            select {Columns} from execution.intent
            where  id in (select intent_id from execution.carrier_member where carrier_id = @carrier)
            order  by id
            for update
            """)
            .With("carrier", carrier).ReadAsync(Read, cancellationToken);

    /// <summary>The newest member of a family, locked.</summary>
    public Task<Intent?> FindByFamilyAsync(DbSession session, string familyKey, CancellationToken cancellationToken) =>
        session.Sql($"""
            select {Columns} from execution.intent
            where  root_id = (select id from execution.intent where family_key = @family and parent_id is null)
            order  by generation desc limit 1
            for update
            """)
            .With("family", familyKey).ReadSingleAsync(Read, cancellationToken);

    /// <summary>The newest member of an owner's family, not locked.</summary>
    public Task<Intent?> ReadNewestAsync(DbSession session, Guid owner, IntentId root, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from execution.intent where root_id = @root and owner_id = @owner order by generation desc limit 1")
            .With("root", root).With("owner", owner).ReadSingleAsync(Read, cancellationToken);

    /// <summary>The first member that a carrier carries and that has not ended, not locked.</summary>
    public async Task<Intent?> LiveMemberAsync(DbSession session, Guid carrier, CancellationToken cancellationToken) =>
        await LiveMembersAsync(session, carrier, cancellationToken) is [var first, ..] ? first : null;

    /// <summary>The members that a carrier carries and that have not ended, not locked.</summary>
    public async Task<IReadOnlyList<Intent>> LiveMembersAsync(DbSession session, Guid carrier, CancellationToken cancellationToken)
    {
        IReadOnlyList<Intent> members = await session.Sql(
            $"select {Columns} from execution.intent where id in ({CurrentMembers}) order by id")
            .With("carrier", carrier).ReadAsync(Read, cancellationToken);
        return [.. members.Where(member => !IntentLifecycle.Table.IsFinal(member.State))];
    }

    /// <summary>
    /// Intents after one that are signed, being signed or in a block that is not final, and were not told to end, oldest first. What is
    /// only bound is stopped where it would be asked to be signed; what is in a block is filled should that block be orphaned.
    /// </summary>
    public Task<IReadOnlyList<Intent>> UnwishedOnTheirWayAsync(
        DbSession session, IntentId after, int limit, CancellationToken cancellationToken) =>
        session.Sql($"""
            select {Columns} from execution.intent
            where  state in ('signing', 'executing', 'included') and wish is null and id > @after
            and    not exists (select from execution.carrier_member m
                               join execution.nonce_slot s on s.carrier_id = m.carrier_id and s.state = 'reserved'
                               where m.intent_id = execution.intent.id and m.resolved_at is null)
            order  by id limit @limit
            """)
            .With("after", after).With("limit", limit).ReadAsync(Read, cancellationToken);

    /// <summary>The intent as it stands, locked.</summary>
    public Task<Intent?> FindAsync(DbSession session, IntentId id, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from execution.intent where id = @id for update").With("id", id)
            .ReadSingleAsync(Read, cancellationToken);

    internal static Intent Read(NpgsqlDataReader reader) => new(
        new IntentId(reader.Uuid("id")),
        new IntentId(reader.Uuid("root_id")),
        reader.Uuid("owner_id"),
        reader.Long("chain_id"),
        reader.Uuid("account_id"),
        reader.Address("sender"),
        reader.Text("family_key"),
        reader.TextOrNull("client_reference"),
        reader.State<IntentState>("state"),
        reader.Bool("spends"),
        reader.UuidOrNull("hold_id"),
        reader.TimeOrNull("deadline"),
        reader.Amount("max_total_fee"),
        reader.Text("created_by"),
        reader.TextOrNull("wish") is { } wish ? EnumText.Parse<IntentWish>(wish) : null,
        reader.Int("rungs_max"),
        reader.Int("generation"),
        reader.State<RevertPolicy>("on_revert"),
        reader.UuidOrNull("parent_id") is { } parent ? new IntentId(parent) : null,
        reader.Int("priority"),
        reader.Bool("shares"),
        reader.UuidOrNull("front_id"));

    private static Task<int> InsertRowAsync(DbSession session, Intent intent, CancellationToken cancellationToken) =>
        InsertRowsAsync(session, [intent], cancellationToken);

    private static Task<int> InsertRowsAsync(DbSession session, IReadOnlyList<Intent> intents, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into execution.intent (id, root_id, parent_id, owner_id, chain_id, account_id, sender, family_key, client_reference,
                                          state, spends, hold_id, deadline, max_total_fee, created_by, rungs_max, generation, on_revert,
                                          priority, shares, front_id, next_step_at)
            select r.*, storage.clock()
            from   unnest(@ids, @roots, @parents, @owners, @chains, @accounts, @senders, @families, @references,
                          @states, @spends, @holds, @deadlines, @fees, @creators, @rungs, @generations, @policies, @priorities,
                          @shares, @fronts) as r
            on conflict do nothing
            """;
        return session.Sql(sql)
            .WithArray("ids", [.. intents.Select(intent => intent.Id)], NpgsqlDbType.Uuid)
            .WithArray("roots", [.. intents.Select(intent => intent.Root)], NpgsqlDbType.Uuid)
            .WithArray("parents", [.. intents.Select(intent => intent.Parent?.Value)], NpgsqlDbType.Uuid)
            .WithArray("owners", [.. intents.Select(intent => intent.Owner)], NpgsqlDbType.Uuid)
            .WithArray("chains", [.. intents.Select(intent => intent.Chain)], NpgsqlDbType.Bigint)
            .WithArray("accounts", [.. intents.Select(intent => intent.Account)], NpgsqlDbType.Uuid)
            .WithArray("senders", [.. intents.Select(intent => intent.Sender)], NpgsqlDbType.Bytea)
            .WithArray("families", [.. intents.Select(intent => intent.FamilyKey)], NpgsqlDbType.Text)
            .WithArray("references", [.. intents.Select(intent => intent.ClientReference)], NpgsqlDbType.Text)
            .WithArray("states", [.. intents.Select(intent => EnumText.Of(intent.State))], NpgsqlDbType.Text)
            .WithArray("spends", [.. intents.Select(intent => intent.Spends)], NpgsqlDbType.Boolean)
            .WithArray("holds", [.. intents.Select(intent => intent.Hold)], NpgsqlDbType.Uuid)
            .WithArray("deadlines", [.. intents.Select(intent => intent.Deadline)], NpgsqlDbType.TimestampTz)
            .WithArray("fees", [.. intents.Select(intent => intent.MaxTotalFee)], NpgsqlDbType.Numeric)
            .WithArray("creators", [.. intents.Select(intent => intent.CreatedBy)], NpgsqlDbType.Text)
            .WithArray("rungs", [.. intents.Select(intent => intent.RungsMax)], NpgsqlDbType.Integer)
            .WithArray("generations", [.. intents.Select(intent => intent.Generation)], NpgsqlDbType.Integer)
            .WithArray("policies", [.. intents.Select(intent => EnumText.Of(intent.OnRevert))], NpgsqlDbType.Text)
            .WithArray("priorities", [.. intents.Select(intent => intent.Priority)], NpgsqlDbType.Integer)
            .WithArray("shares", [.. intents.Select(intent => intent.Shares)], NpgsqlDbType.Boolean)
            .WithArray("fronts", [.. intents.Select(intent => intent.Front)], NpgsqlDbType.Uuid)
            .ExecuteAsync(cancellationToken);
    }
}

/// <summary>Why an intent moves, on what evidence, by whom.</summary>
/// <param name="Wish">From now on it is to end without its effect, for this reason.</param>
internal sealed record IntentMove(
    string Actor, string? Reason = null, string? Detail = null, object? Evidence = null, ChainTransaction? Transaction = null,
    IReadOnlyList<Movement>? Movements = null, IntentWish? Wish = null);
