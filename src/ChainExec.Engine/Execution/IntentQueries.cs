using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>Reads of intents. Everything is by owner: another owner's intent does not exist.</summary>
internal sealed class IntentQueries(Database database)
{
    private const int StepsMax = 500;
    private const int AttemptsMax = 100;

    private const string Select = """
        select i.id, i.owner_id, i.chain_id, i.account_id, i.sender, i.client_reference, l.state, l.reason, l.detail, l.hold_id, l.deadline,
               i.max_total_fee, i.priority, i.created_at, l.updated_at, l.needs_operator is not null as needs_operator, l.wish,
               coalesce((select array_agg(d.depends_on order by d.depends_on) from execution.intent_dependency d where d.intent_id = i.id),
                        '{}') as after,
               coalesce(a.tx_hash, s.tx_hash) as tx_hash, coalesce(a.block_number, s.block_number) as block_number,
               r.tx_hash as revert_tx, r.block_number as revert_block, r.gas_used, r.fee, r.kind as revert_kind, r.message as revert_message
        from   execution.intent i
        join   lateral (
            select id, state, reason, detail, updated_at, needs_operator, wish, hold_id, deadline
            from   execution.intent f
            where  f.root_id = i.id
            order  by f.generation desc
            limit  1) l on true
        left   join execution.adoption a on a.intent_id = l.id
        left   join lateral (
            select coalesce(n.tx_hash, e.tx_hash) as tx_hash,
                   case when n.state in ('mined', 'finalized', 'filled', 'taken', 'adopted') then n.block_number end as block_number
            from   execution.carrier_member m
            join   execution.nonce_slot n on n.carrier_id = m.carrier_id
            left   join execution.prepared_call p on p.slot_id = n.id
            left   join execution.execution e on e.prepared_call_id = p.id and e.state = 'signed'
            where  m.intent_id = l.id
            order  by m.carrier_id desc, e.tx_hash is null, p.rung desc
            limit  1) s on true
        left   join lateral (
            select v.tx_hash, v.block_number, v.gas_used, v.gas_used * v.effective_gas_price + v.data_fee as fee, w.kind, w.message
            from   execution.revert v
            left   join execution.revert_reason w on w.chain_id = v.chain_id and w.tx_hash = v.tx_hash
            where  v.intent_id = i.id
            order  by v.block_number desc, v.tx_hash
            limit  1) r on true
        """;

    public async Task<IntentView?> FindAsync(Guid owner, IntentId id, CancellationToken cancellationToken)
    {
        IReadOnlyList<IntentView> rows = await database.ReadAsync(
            Select + " where i.id = @id and i.owner_id = @owner and i.parent_id is null",
            statement => statement.With("id", id).With("owner", owner), Read, cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Newest first, after a cursor, filtered.</summary>
    public Task<IReadOnlyList<IntentView>> ListAsync(
        Guid owner, IntentState? state, Guid? account, IntentId? before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            Select + """

            where  i.owner_id = @owner and i.parent_id is null
            and    (@state::text is null or l.state = @state)
            and    (@account::uuid is null or i.account_id = @account)
            and    (@before::uuid is null or i.id < @before)
            order  by i.id desc
            limit  @limit
            """,
            statement => statement.With("owner", owner).With("state", state).With("account", account).With("before", before?.Value)
                .With("limit", limit),
            Read,
            cancellationToken);

    /// <summary>
    /// The steps of an intent: its own moves, and of its slots the first send. An intent that stepped back (a reorg) shows it.
    /// </summary>
    public Task<IReadOnlyList<TimelineStep>> TimelineAsync(IntentId id, CancellationToken cancellationToken) =>
        database.ReadAsync(
            """
            select at, event, to_state, reason, evidence, machine
            from   execution.history
            where  (machine = 'intent' and entity_id in (select f.id from execution.intent f where f.root_id = @id))
            or     (machine = 'slot' and event in ('send_started', 'repriced', 'fill_asked') and entity_id in (
                        select n.id from execution.intent f
                        join   execution.carrier_member m on m.intent_id = f.id
                        join   execution.nonce_slot n on n.carrier_id = m.carrier_id
                        where  f.root_id = @id))
            order  by history.id
            limit  @limit
            """,
            statement => statement.With("id", id).With("limit", StepsMax),
            reader => new TimelineStep(
                reader.Time("at"), StepOf(reader.Text("machine"), reader.Text("event"), reader.Text("to_state")),
                reader.TextOrNull("reason"),
                reader.Text("evidence")),
            cancellationToken);

    public async Task<IReadOnlyList<AttemptView>> AttemptsAsync(IntentId id, CancellationToken cancellationToken)
    {
        const string sql = """
            select c.id as carrier_id, c.kind, n.nonce, n.state as slot_state, p.id as prepared_id, p."to", p.value, p.gas_limit,
                   p.max_fee_per_gas, p.max_priority_fee_per_gas, p.data_fee, p.inputs, e.id as execution_id,
                   e.state as execution_state, e.tx_hash, e.answered_at
            from   (select distinct p.slot_id
                    from   execution.intent f
                    join   execution.carrier_member m on m.intent_id = f.id
                    join   execution.prepared_call p on p.carrier_id = m.carrier_id
                    where  f.root_id = @id) own
            join   execution.nonce_slot n on n.id = own.slot_id
            join   execution.prepared_call p on p.slot_id = n.id
            join   execution.carrier c on c.id = p.carrier_id
            left   join execution.execution e on e.prepared_call_id = p.id
            where  c.id = n.fill_carrier_id
            or     c.id in (select m.carrier_id from execution.carrier_member m
                            join execution.intent f on f.id = m.intent_id where f.root_id = @id)
            order  by n.nonce, p.rung, e.id
            limit  @limit
            """;
        var attempts = await database.ReadAsync(
            sql, statement => statement.With("id", id).With("limit", AttemptsMax),
            reader => (Execution: reader.UuidOrNull("execution_id"), View: ReadAttempt(reader)), cancellationToken);
        ILookup<Guid, NodeView> nodes = await NodesAsync(
            [.. attempts.Where(row => row.Execution is not null).Select(row => row.Execution!.Value)], cancellationToken);
        return [.. attempts.Select(row => row.View with { Nodes = row.Execution is { } execution ? [.. nodes[execution]] : [] })];
    }

    private async Task<ILookup<Guid, NodeView>> NodesAsync(IReadOnlyList<Guid> executions, CancellationToken cancellationToken)
    {
        IReadOnlyList<(Guid Execution, NodeView View)> rows = await database.ReadAsync(
            """
            select execution_id, provider, state, answer_class, answer, sends, first_sent_at, last_sent_at
            from   execution.node where execution_id = any (@executions) order by execution_id, provider
            """,
            statement => statement.WithArray("executions", executions, NpgsqlDbType.Uuid),
            reader => (reader.Uuid("execution_id"), new NodeView(
                reader.Text("provider"), reader.Text("state"), reader.TextOrNull("answer_class"), reader.TextOrNull("answer"),
                reader.Int("sends"),
                reader.TimeOrNull("first_sent_at"), reader.TimeOrNull("last_sent_at"))),
            cancellationToken);
        return rows.ToLookup(row => row.Execution, row => row.View);
    }

    // The words that people use for the moves of the machine.
    private static string StepOf(string machine, string happened, string to) => (machine, happened) switch
    {
        ("slot", "send_started") => "submitted",
        ("slot", _) => happened,
        (_, "admitted") => "created",
        (_, "prepared") => "prepared",
        (_, "signed") => "signed",
        (_, "seen_in_block") => "included",
        (_, "block_orphaned") => "orphaned",
        _ => to,
    };

    private static AttemptView ReadAttempt(NpgsqlDataReader reader) => new(
        reader.Uuid("carrier_id"), reader.Text("kind"), reader.Long("nonce"), reader.Text("slot_state"), reader.Uuid("prepared_id"),
        reader.Address("to"), reader.Amount("value"), reader.Long("gas_limit"), reader.Amount("max_fee_per_gas"),
        reader.Amount("max_priority_fee_per_gas"), reader.Amount("data_fee"), reader.Text("inputs"), reader.TextOrNull("execution_state"),
        reader.HashOrNull("tx_hash"),
        reader.TimeOrNull("answered_at"), []);

    private static IntentView Read(NpgsqlDataReader reader) => new(
        new IntentId(reader.Uuid("id")), reader.Uuid("owner_id"), reader.Long("chain_id"), reader.Uuid("account_id"),
        reader.Address("sender"),
        reader.TextOrNull("client_reference"), reader.Text("state"), reader.TextOrNull("reason"), reader.TextOrNull("detail"),
        reader.UuidOrNull("hold_id"), reader.TimeOrNull("deadline"), reader.Amount("max_total_fee"),
        reader.GetFieldValue<Guid[]>(reader.GetOrdinal("after")), reader.HashOrNull("tx_hash"), reader.LongOrNull("block_number"),
        reader.Bool("needs_operator"), reader.Time("created_at"), reader.Time("updated_at"),
        reader.TextOrNull("wish"), reader.Int("priority"),
        reader.HashOrNull("revert_tx") is { } reverted
            ? new RevertView(
                reverted, reader.Long("revert_block"), reader.Amount("gas_used"), reader.Amount("fee"),
                reader.TextOrNull("revert_kind"), reader.TextOrNull("revert_message"))
            : null);
}
