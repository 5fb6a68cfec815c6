using System.Text.Json;
using ChainExec.Facts.Contracts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>Reads of flows, on connections of their own.</summary>
internal sealed class FlowQueries(Database database, FlowCatalogue catalogue)
{
    /// <summary>Nodes and rules of one flow that are shown at most.</summary>
    private const int PartsMax = 1_000;

    /// <param name="owner">Whose flow it must be; nothing for an operator, who sees all.</param>
    /// <param name="id">The flow.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async Task<FlowView?> FindAsync(Guid? owner, FlowId id, CancellationToken cancellationToken)
    {
        const string sql = """
            select id, key, flow, version, fingerprint, state, outcome, data, started_at, ended_at,
                   (select min(expires_at) from flows.v_rule r
                    where r.context_id = c.id and r.state = 'waiting' and r.expired_position is null) as next_timer
            from   flows.v_context c
            where  id = @id and (cast(@owner as uuid) is null or owner_id = @owner)
            """;
        IReadOnlyList<FlowView> rows = await database.ReadAsync(
            sql,
            statement => statement.With("id", id).With("owner", owner),
            reader => new FlowView(
                new FlowId(reader.Uuid("id")), reader.Text("key"), reader.Text("flow"), reader.Int("version"), reader.Text("fingerprint"),
                reader.Text("state"), reader.TextOrNull("outcome"), Json(reader.Text("data")), reader.Time("started_at"),
                reader.TimeOrNull("ended_at"), reader.TimeOrNull("next_timer"), [], []),
            cancellationToken);
        if (rows.Count == 0)
            return null;
        FlowView view = rows[0];
        return view with
        {
            Rules = await RulesAsync(view, cancellationToken),
            Nodes = await NodesAsync(view.Id, cancellationToken),
        };
    }

    /// <summary>An owner's flows, newest first.</summary>
    /// <param name="owner">Whose; nothing for an operator, who sees all.</param>
    /// <param name="before">The last flow of the page before.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<IReadOnlyList<FlowSummary>> ListAsync(Guid? owner, FlowId? before, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            """
            select id, key, flow, version, state, outcome, started_at
            from   flows.v_context
            where  (cast(@owner as uuid) is null or owner_id = @owner) and (cast(@before as uuid) is null or id < @before)
            order  by id desc
            limit  @limit
            """,
            statement => statement.With("owner", owner).With("before", before?.Value).With("limit", limit),
            reader => new FlowSummary(
                new FlowId(reader.Uuid("id")), reader.Text("key"), reader.Text("flow"), reader.Int("version"), reader.Text("state"),
                reader.TextOrNull("outcome"), reader.Time("started_at")),
            cancellationToken);

    /// <summary>What is open, oldest first.</summary>
    public Task<IReadOnlyList<FlowDiscrepancy>> DiscrepanciesAsync(int limit, CancellationToken cancellationToken) => database.ReadAsync(
        """
        select kind, key, context_id, detail, opened_at from flows.v_discrepancy
        where  resolved_position is null order by opened_at, id limit @limit
        """,
        statement => statement.With("limit", limit),
        reader => new FlowDiscrepancy(
            reader.Text("kind"), reader.Text("key"), reader.UuidOrNull("context_id") is { } context ? new FlowId(context) : null,
            reader.Text("detail"), reader.Time("opened_at")),
        cancellationToken);

    /// <summary>Messages from outside that were kept apart, signed ones first, the newest of each first.</summary>
    public Task<IReadOnlyList<QuarantinedMessage>> QuarantineAsync(int limit, CancellationToken cancellationToken) => database.ReadAsync(
        """
        select id, provider, event_id, reason, signed, octet_length(body) as bytes, received_at
        from   flows.v_external_event where not verified order by signed desc, received_at desc, id limit @limit
        """,
        statement => statement.With("limit", limit),
        reader => new QuarantinedMessage(
            reader.Uuid("id"), reader.Text("provider"), reader.TextOrNull("event_id"), reader.Text("reason"), reader.Bool("signed"),
            reader.Int("bytes"), reader.Time("received_at")),
        cancellationToken);

    private Task<IReadOnlyList<FlowRuleView>> RulesAsync(FlowView of, CancellationToken cancellationToken) => database.ReadAsync(
        """
        select id, name, state, spawned_by, bound_outcome, expires_at, expired_position is not null as has_expired
        from   flows.v_rule where context_id = @id order by ordinal limit @limit
        """,
        statement => statement.With("id", of.Id).With("limit", PartsMax),
        reader => new FlowRuleView(
            reader.Uuid("id"), reader.Text("name"), reader.Text("state"),
            WaitsFor(of, reader.Text("name"), reader.TextOrNull("bound_outcome")), reader.UuidOrNull("spawned_by"),
            reader.TimeOrNull("expires_at"), reader.Bool("has_expired")),
        cancellationToken);

    // An old definition of a flow that ended long ago may be gone from this build; what it waited for is then told by name only.
    private IReadOnlyList<string> WaitsFor(FlowView of, string rule, string? boundOutcome)
    {
        if (boundOutcome is not null)
            return [$"{FlowEffectEnded.Type}: {boundOutcome}"];
        FlowModel? model = catalogue.Models.FirstOrDefault(each => each.Name == of.Flow && each.Fingerprint == of.Fingerprint);
        return model is null ? [] : [.. model.Rule(rule).Triggers.Select(trigger => trigger.EventType)];
    }

    private async Task<IReadOnlyList<FlowNodeView>> NodesAsync(FlowId id, CancellationToken cancellationToken)
    {
        IReadOnlyList<(Guid Effect, FlowAttemptView Attempt)> attempts = await database.ReadAsync(
            """
            select m.effect_id, m.number, m.event, m.to_state, m.detail, m.actor, m.at
            from   flows.v_effect e join flows.v_effect_move m on m.effect_id = e.id
            where  e.context_id = @id order by m.effect_id, m.number limit @limit
            """,
            statement => statement.With("id", id).With("limit", PartsMax),
            reader => (reader.Uuid("effect_id"), new FlowAttemptView(
                reader.Int("number"), reader.Text("event"), reader.Text("to_state"), Json(reader.Text("detail")), reader.Text("actor"),
                reader.Time("at"))),
            cancellationToken);
        ILookup<Guid, FlowAttemptView> byEffect = attempts.ToLookup(each => each.Effect, each => each.Attempt);
        return await database.ReadAsync(
            """
            select id, parent_id, ordinal, kind, name, state, position, event_position, at, detail
            from   flows.v_node where context_id = @id order by ordinal limit @limit
            """,
            statement => statement.With("id", id).With("limit", PartsMax),
            reader => new FlowNodeView(
                reader.Uuid("id"), reader.UuidOrNull("parent_id"), reader.Int("ordinal"), reader.Text("kind"), reader.Text("name"),
                reader.Text("state"), reader.Long("position"), reader.LongOrNull("event_position"), reader.Time("at"),
                Json(reader.Text("detail")), [.. byEffect[reader.Uuid("id")]]),
            cancellationToken);
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
