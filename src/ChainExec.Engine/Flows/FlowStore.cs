using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Flows;

/// <summary>A context's row.</summary>
internal sealed record ContextRow(
    Guid Id, string Key, string Flow, int Version, string Fingerprint, bool IsOpen, JsonElement Data, int Next)
{
    /// <summary>What the context remembers, as its definition's own type.</summary>
    public object Read(FlowModel model) => Data.Deserialize(model.Context, FactJson.Options)
        ?? throw new InvalidOperationException($"Context {Id} has no data.");
}

/// <summary>What an event is to those that came before.</summary>
internal enum TakenIn
{
    New,

    /// <summary>It came before.</summary>
    Known,

    /// <summary>It is the very one that was put into suspense when it was parked, and waits.</summary>
    Kept,

    /// <summary>One with its id came before and said something else.</summary>
    Contradicts,
}

/// <summary>Writes contexts, rules, events and nodes. Lock the key first; everything else follows under it.</summary>
internal sealed class FlowStore
{
    /// <summary>Events of one context that no rule took, read at once.</summary>
    public const int WaitingEventsMax = 200;

    /// <summary>Makes the key's row where there is none, locks it, and reads which context it belongs to.</summary>
    public async Task<Guid?> LockKeyAsync(DbSession session, string key, CancellationToken cancellationToken)
    {
        // The update that changes nothing is what locks a row that is there already, and reads it as it is after the lock.
        const string sql = """
            insert into flows.correlation (key) values (@key)
            on conflict (key) do update set key = excluded.key
            returning context_id
            """;
        IReadOnlyList<Guid?> rows = await session.Sql(sql).With("key", key)
            .ReadAsync(reader => reader.UuidOrNull("context_id"), cancellationToken);
        return rows[0];
    }

    /// <summary>Takes the event in, once under its id for ever.</summary>
    public async Task<TakenIn> TakeInAsync(DbSession session, Fact fact, string eventId, string key, CancellationToken cancellationToken)
    {
        if (await InsertEventAsync(session, fact, eventId, key, "waiting", cancellationToken))
            return TakenIn.New;
        const string sql = """
            select coalesce(s.type = @type and s.payload = @payload, true) as same,
                   e.position = @position and e.state = 'waiting' as kept
            from   flows.event e left join facts.v_stream s using (position)
            where  e.event_id = @event_id
            """;
        IReadOnlyList<TakenIn> before = await session.Sql(sql).With("event_id", eventId).With("type", fact.Type)
            .With("position", fact.Position).WithJson("payload", fact.Payload.GetRawText())
            .ReadAsync(
                reader => reader.Bool("kept") ? TakenIn.Kept : reader.Bool("same") ? TakenIn.Known : TakenIn.Contradicts,
                cancellationToken);
        return before[0];
    }

    /// <summary>Keeps an event where no rule sees it. False when it is there.</summary>
    public Task<bool> PutApartAsync(DbSession session, Fact fact, string eventId, string key, CancellationToken cancellationToken) =>
        InsertEventAsync(session, fact, eventId, key, "apart", cancellationToken);

    public Task<ContextRow?> LockContextAsync(DbSession session, Guid id, CancellationToken cancellationToken) => session.Sql(
        "select id, key, flow, version, fingerprint, state, data, next_ordinal from flows.context where id = @id for update")
        .With("id", id).ReadSingleAsync(
            reader => new ContextRow(
                reader.Uuid("id"), reader.Text("key"), reader.Text("flow"), reader.Int("version"), reader.Text("fingerprint"),
                reader.Text("state") == "open", JsonSerializer.Deserialize<JsonElement>(reader.Text("data")), reader.Int("next_ordinal")),
            cancellationToken);

    public async Task InsertContextAsync(DbSession session, FlowRun run, Moment moment, CancellationToken cancellationToken)
    {
        // The foreign key is checked at the end of the statement, when the definition is there.
        const string sql = """
            with definition as (
                insert into flows.definition (flow, version, fingerprint, text) values (@flow, @version, @fingerprint, @text)
                on conflict do nothing)
            insert into flows.context (
                id, key, flow, version, fingerprint, owner_id, state, data, next_ordinal, started_position, started_at)
            select @id, @key, @flow, @version, @fingerprint, @owner, 'open', @data, @next, @position, @at
            where  not exists (select from flows.definition d where d.flow = @flow and d.version > @version)
            """;
        int inserted = await session.Sql(sql)
            .With("id", run.Id).With("key", run.Key).With("flow", run.Model.Name).With("version", run.Model.Version)
            .With("fingerprint", run.Model.Fingerprint).With("text", run.Model.Text).With("owner", run.Owner)
            .WithJson("data", run.DataJson).With("next", run.NextOrdinal).With("position", moment.Position).With("at", moment.At)
            .ExecuteAsync(cancellationToken);
        if (inserted == 0)
            throw new InvalidOperationException($"{run.Model} starts no more: a newer version is running.");
        await CorrelateAsync(session, run, run.Key, cancellationToken);
    }

    /// <summary>The key, which is locked, belongs to the context from now on.</summary>
    public Task CorrelateAsync(DbSession session, FlowRun run, string key, CancellationToken cancellationToken) =>
        session.Sql("update flows.correlation set context_id = @context where key = @key and context_id is null")
            .With("context", run.Id).With("key", key).ExecuteAsync(cancellationToken);

    public Task SaveAsync(DbSession session, FlowRun run, Moment moment, CancellationToken cancellationToken)
    {
        const string sql = """
            update flows.context
            set    data = @data, next_ordinal = @next,
                   state = case when @outcome::text is null then state else 'ended' end,
                   outcome = coalesce(@outcome, outcome),
                   ended_position = case when @outcome::text is null then ended_position else @position end,
                   ended_at = case when @outcome::text is null then ended_at else @at end
            where  id = @id
            """;
        return session.Sql(sql).With("id", run.Id).WithJson("data", run.DataJson).With("next", run.NextOrdinal)
            .With("outcome", run.Outcome).With("position", moment.Position).With("at", moment.At).ExecuteAsync(cancellationToken);
    }

    public Task<IReadOnlyList<WaitingRule>> WaitingRulesAsync(DbSession session, Guid context, CancellationToken cancellationToken)
    {
        const string sql = """
            select id, name, spawned_by, bound_effect, bound_outcome, heard, expired_position is not null as has_expired, exclusive
            from   flows.rule where context_id = @context and state = 'waiting' order by ordinal
            """;
        return session.Sql(sql).With("context", context).ReadAsync(
            reader => new WaitingRule(
                reader.Uuid("id"), reader.Text("name"), reader.UuidOrNull("spawned_by"), reader.UuidOrNull("bound_effect"),
                reader.TextOrNull("bound_outcome"), reader.GetFieldValue<int[]>(reader.GetOrdinal("heard")), reader.Bool("has_expired"),
                reader.Bool("exclusive")),
            cancellationToken);
    }

    /// <summary>The context's events that no rule took, in the order in which they came.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="context">Whose.</param>
    /// <param name="types">The fact types that its rules wait for.</param>
    /// <param name="after">The position after which they lie.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<IReadOnlyList<WaitingEvent>> WaitingEventsAsync(
        DbSession session, Guid context, string[] types, long after, CancellationToken cancellationToken)
    {
        const string sql = """
            select e.position, e.event_id, e.type, e.suspended, s.payload, s.occurred_at
            from   flows.correlation c
            join   flows.event e on e.key = c.key and e.state = 'waiting'
            join   facts.v_stream s on s.position = e.position
            where  c.context_id = @context and e.type = any(@types) and e.position > @after
            order  by e.position
            limit  @limit
            """;
        return session.Sql(sql).With("context", context).With("after", after).With("limit", WaitingEventsMax)
            .WithArray("types", types, NpgsqlDbType.Text).ReadAsync(
            reader => new WaitingEvent(
                reader.Long("position"), reader.Text("event_id"), reader.Text("type"),
                JsonSerializer.Deserialize<JsonElement>(reader.Text("payload")), reader.Time("occurred_at"), reader.Bool("suspended")),
            cancellationToken);
    }

    public async Task InsertRuleAsync(
        DbSession session, FlowRun run, WaitingRule rule, int ordinal, DateTimeOffset? expiresAt, Moment moment,
        CancellationToken cancellationToken)
    {
        const string sql = """
            with timer as (
                insert into flows.timer (rule_id, context_id, key, due_at)
                select @id, @context, @key, @expires_at where cast(@expires_at as timestamptz) is not null)
            insert into flows.rule (
                id, context_id, ordinal, name, state, spawned_by, bound_effect, bound_outcome, spawned_position, expires_at, exclusive)
            values (@id, @context, @ordinal, @name, 'waiting', @spawned_by, @bound_effect, @bound_outcome, @position, @expires_at,
                    @exclusive)
            """;
        await session.Sql(sql)
            .With("id", rule.Id).With("context", run.Id).With("key", run.Key).With("ordinal", ordinal).With("name", rule.Name)
            .With("spawned_by", rule.SpawnedBy).With("bound_effect", rule.BoundEffect).With("bound_outcome", rule.BoundOutcome)
            .With("position", moment.Position).With("expires_at", expiresAt).With("exclusive", rule.IsFirstOnly)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>The rule waits no more.</summary>
    /// <param name="state">consumed or retracted.</param>
    /// <exception cref="StaleWriteException">It did not wait: somebody else moved first.</exception>
    public async Task ResolveRuleAsync(DbSession session, Guid rule, string state, Moment moment, CancellationToken cancellationToken)
    {
        const string sql = """
            with timer as (delete from flows.timer where rule_id = @id)
            update flows.rule set state = @state, resolved_position = @position where id = @id and state = 'waiting'
            """;
        if (await session.Sql(sql).With("id", rule).With("state", state).With("position", moment.Position)
            .ExecuteAsync(cancellationToken) != 1)
            throw new StaleWriteException($"Rule {rule} does not wait any more.");
    }

    /// <exception cref="StaleWriteException">It expired before, or does not wait.</exception>
    public async Task ExpireRuleAsync(DbSession session, Guid rule, Moment moment, CancellationToken cancellationToken)
    {
        const string sql = """
            with timer as (delete from flows.timer where rule_id = @id)
            update flows.rule set expired_position = @position where id = @id and state = 'waiting' and expired_position is null
            """;
        if (await session.Sql(sql).With("id", rule).With("position", moment.Position).ExecuteAsync(cancellationToken) != 1)
            throw new StaleWriteException($"Rule {rule} does not wait any more, or has expired.");
    }

    public Task HearAsync(DbSession session, WaitingRule rule, CancellationToken cancellationToken) =>
        session.Sql("update flows.rule set heard = @heard where id = @id and state = 'waiting'")
            .With("id", rule.Id).WithArray("heard", rule.Heard, NpgsqlDbType.Integer).ExecuteAsync(cancellationToken);

    /// <exception cref="StaleWriteException">The event was taken before.</exception>
    public async Task ConsumeEventAsync(DbSession session, long position, Guid rule, CancellationToken cancellationToken)
    {
        const string sql = """
            update flows.event set state = 'consumed', rule_id = @rule, suspended = false where position = @position and state = 'waiting'
            """;
        if (await session.Sql(sql).With("position", position).With("rule", rule).ExecuteAsync(cancellationToken) != 1)
            throw new StaleWriteException($"Event {position} was taken before.");
    }

    public Task InsertNodeAsync(DbSession session, FlowRun run, NewNode node, Moment moment, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into flows.node (
                id, context_id, parent_id, ordinal, kind, name, state, rule_id, position, event_position, at, detail)
            values (@id, @context, @parent, @ordinal, @kind, @name, @state, @rule, @position, @event_position, @at, @detail)
            """;
        return session.Sql(sql)
            .With("id", node.Id).With("context", run.Id).With("parent", node.Parent).With("ordinal", node.Ordinal).With("kind", node.Kind)
            .With("name", node.Name).With("state", node.State).With("rule", node.Rule).With("position", moment.Position)
            .With("event_position", node.EventPosition).With("at", moment.At).WithJson("detail", node.Detail)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Notes a decision. False while another one to the question is on its way, unless several are wanted.</summary>
    public async Task<bool> DecideAsync(
        DbSession session, FlowDecided decided, Guid askedBy, bool several, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into flows.decision (decision, asked_by, question)
            select @decision, @asked_by, @question
            where  @several or not exists (
                select from flows.decision d
                where  d.asked_by = @asked_by and d.question = @question
                and    not exists (
                    select from flows.event e where e.event_id = 'decision:' || translate(d.decision::text, '-', '')))
            """;
        return await session.Sql(sql).With("decision", decided.Decision).With("asked_by", askedBy).With("question", decided.Question)
            .With("several", several).ExecuteAsync(cancellationToken) == 1;
    }

    /// <summary>How a node stands.</summary>
    public async Task<string?> NodeStateAsync(DbSession session, Guid node, CancellationToken cancellationToken) =>
        (await session.Sql("select state from flows.node where id = @id").With("id", node)
            .ReadAsync(reader => reader.Text("state"), cancellationToken)).SingleOrDefault();

    /// <summary>An external effect's node has its answer.</summary>
    public Task<int> EndNodeAsync(DbSession session, Guid node, string outcome, CancellationToken cancellationToken) =>
        session.Sql("update flows.node set state = @state where id = @id and state = 'pending'")
            .With("id", node).With("state", outcome).ExecuteAsync(cancellationToken);

    /// <summary>How often a rule of the context has asked at one place.</summary>
    public async Task<int> AskedAsync(DbSession session, FlowRun run, string rule, int place, CancellationToken cancellationToken) =>
        (await session.Sql("""
            select count(*)::integer as n from flows.effect where context_id = @context and rule = @rule and place = @place
            """)
            .With("context", run.Id).With("rule", rule).With("place", place)
            .ReadAsync(reader => reader.Int("n"), cancellationToken))[0];

    public Task InsertEffectAsync(
        DbSession session, FlowRun run, Guid node, EffectPlace at, ExternalEffect effect, object request,
        CancellationToken cancellationToken)
    {
        const string sql = """
            insert into flows.effect (id, context_id, context_key, key, rule, place, provider, operation, request, state)
            values (@id, @context, @context_key, @key, @rule, @place, @provider, @operation, @request, 'prepared')
            """;
        session.WakeWorkersAfterCommit();
        return session.Sql(sql)
            .With("id", node).With("context", run.Id).With("context_key", run.Key).With("key", at.KeyIn(run)).With("rule", at.Rule)
            .With("place", at.Place).With("provider", effect.Provider)
            .With("operation", effect.Operation)
            .WithJson("request", JsonSerializer.Serialize(request, request.GetType(), FactJson.Options))
            .ExecuteAsync(cancellationToken);
    }

    private static async Task<bool> InsertEventAsync(
        DbSession session, Fact fact, string eventId, string key, string state, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into flows.event (position, event_id, type, key, state) values (@position, @event_id, @type, @key, @state)
            on conflict (event_id) do nothing
            """;
        return await session.Sql(sql).With("position", fact.Position).With("event_id", eventId).With("type", fact.Type).With("key", key)
            .With("state", state).ExecuteAsync(cancellationToken) == 1;
    }
}
