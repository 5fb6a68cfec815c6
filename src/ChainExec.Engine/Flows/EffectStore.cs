using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Flows;

/// <summary>An external effect under its lease.</summary>
internal sealed record Effect(
    Guid Id, Guid Context, string ContextKey, string Key, string Provider, string Operation, JsonElement Request, EffectState State,
    int Sends, int NotFound, int Tries, DateTimeOffset? FirstSentAt, DateTimeOffset? LastSentAt, DateTimeOffset? TriedSince,
    bool MaybeTaken, long Epoch)
{
    public ProviderRequest Asked => new(Operation, Key, Request);
}

/// <summary>One move of an effect, and what is known by it.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Detail">Evidence: what the provider said, or why an operator decided.</param>
/// <param name="After">How long until the next step.</param>
/// <param name="Result">For the last move: the confirmation's words, or a rejection.</param>
internal sealed record EffectMove(EffectEvent Event, object Detail, TimeSpan After, JsonElement? Result = null);

/// <summary>The outbox of what is asked outside: leases, moves by compare-and-set, and the provider's circuit breaker.</summary>
internal sealed class EffectStore(FactWriter facts)
{
    private const string Columns = """
        id, context_id, context_key, key, provider, operation, request, state, sends, not_found, tries, first_sent_at, last_sent_at,
        tried_since, maybe_taken, lease_epoch
        """;

    /// <summary>Leases due effects whose provider's circuit is closed. A crashed worker's lease runs out by itself.</summary>
    public Task<IReadOnlyList<Effect>> LeaseDueAsync(
        DbSession session, TimeSpan leaseFor, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            update flows.effect set lease_epoch = lease_epoch + 1, leased_until = storage.clock() + @lease_for
            where  id in (
                select e.id
                from   flows.effect e
                where  e.state in ('prepared', 'sent', 'unknown') and e.next_at <= storage.clock()
                and    (e.leased_until is null or e.leased_until < storage.clock())
                and    not exists (select from flows.circuit c where c.provider = e.provider and c.open_until > storage.clock())
                order  by e.next_at, e.id
                limit  @limit
                for update of e skip locked)
            returning {Columns}
            """;
        return session.Sql(sql).With("lease_for", leaseFor).With("limit", limit).ReadAsync(Read, cancellationToken);
    }

    /// <summary>The effect under its row lock, whoever has leased it.</summary>
    public Task<Effect?> LockAsync(DbSession session, Guid id, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from flows.effect where id = @id for update").With("id", id)
            .ReadSingleAsync(Read, cancellationToken);

    /// <summary>Takes the lease away from whoever holds it: what they write later fails.</summary>
    public async Task<Effect> FenceAsync(DbSession session, Effect effect, CancellationToken cancellationToken) =>
        (await session.Sql(
            $"update flows.effect set lease_epoch = lease_epoch + 1, leased_until = null where id = @id returning {Columns}")
            .With("id", effect.Id).ReadSingleAsync(Read, cancellationToken))!;

    /// <summary>Makes the move. What ends the effect is a fact for its flow.</summary>
    /// <returns>The effect as it is now.</returns>
    /// <exception cref="IllegalMoveException">The table does not list the move.</exception>
    /// <exception cref="StaleWriteException">Somebody else moved it, or has leased it since.</exception>
    public async Task<Effect> MoveAsync(
        DbSession session, Effect effect, EffectMove move, string actor, CancellationToken cancellationToken)
    {
        EffectState to = EffectLifecycle.Table.Move(effect.State, move.Event);
        const string sql = $"""
            with moved as (
                update flows.effect
                set    state = @to, moves = moves + 1, result = @result,
                       next_at = storage.clock() + @after,
                       leased_until = case when @to = 'sent' then leased_until end,
                       last_sent_at = case when @to = 'sent' then storage.clock() else last_sent_at end,
                       first_sent_at = case when @to = 'sent' then coalesce(first_sent_at, storage.clock())
                                            when @to = 'prepared' and not maybe_taken then null
                                            else first_sent_at end,
                       tried_since = case when @to = 'sent' then coalesce(tried_since, storage.clock())
                                          when @event = 'operator_retried' then storage.clock()
                                          when @to = 'prepared' and not maybe_taken then null
                                          else tried_since end,
                       tries = case when @event = 'operator_retried' then 0
                                    when @event in ('provider_unclear', 'provider_did_not_take', 'process_ended') then tries + 1
                                    else tries end,
                       maybe_taken = maybe_taken or (@from = 'sent' and @to = 'unknown'),
                       sends = sends + case when @to = 'sent' then 1 else 0 end,
                       not_found = case when @to in ('sent', 'prepared') then 0 else not_found end
                where  id = @id and state = @from and lease_epoch = @epoch
                returning {Columns}, moves),
            written as (
                insert into flows.effect_move (effect_id, number, from_state, event, to_state, detail, actor)
                select id, moves, @from, @event, @to, @detail, @actor from moved)
            select {Columns} from moved
            """;
        Effect moved = await session.Sql(sql)
            .With("id", effect.Id).With("from", effect.State).With("to", to).With("epoch", effect.Epoch).With("event", move.Event)
            .With("after", move.After).WithJson("result", move.Result?.GetRawText())
            .WithJson("detail", JsonSerializer.Serialize(move.Detail, move.Detail.GetType(), FactJson.Options)).With("actor", actor)
            .ReadSingleAsync(Read, cancellationToken)
            ?? throw new StaleWriteException($"Effect {effect.Id} was moved by somebody else.");
        await TellAsync(session, moved, move, cancellationToken);
        return moved;
    }

    /// <summary>An enquiry found nothing after the settle window; how often in a row is remembered.</summary>
    public Task<int> NotFoundAsync(DbSession session, Effect effect, TimeSpan after, bool counts, CancellationToken cancellationToken) =>
        session.Sql("""
            update flows.effect set not_found = not_found + @counts, next_at = storage.clock() + @after, leased_until = null
            where  id = @id and state = 'unknown' and lease_epoch = @epoch
            """)
            .With("id", effect.Id).With("epoch", effect.Epoch).With("after", after).With("counts", counts ? 1 : 0)
            .ExecuteAsync(cancellationToken);

    /// <summary>Counts a failure of the provider; so many in a row open its circuit.</summary>
    public Task<int> CountFailureAsync(
        DbSession session, string provider, int failuresMax, TimeSpan openFor, CancellationToken cancellationToken) => session.Sql("""
            insert into flows.circuit (provider, failures) values (@provider, 1)
            on conflict (provider) do update
            set    failures = flows.circuit.failures + 1,
                   open_until = case when flows.circuit.failures + 1 >= @max then storage.clock() + @open_for end
            """)
            .With("provider", provider).With("max", failuresMax).With("open_for", openFor).ExecuteAsync(cancellationToken);

    public Task<int> CloseCircuitAsync(DbSession session, string provider, CancellationToken cancellationToken) =>
        session.Sql("update flows.circuit set failures = 0, open_until = null where provider = @provider and failures > 0")
            .With("provider", provider).ExecuteAsync(cancellationToken);

    /// <summary>An answer for good that came when somebody else had moved the effect.</summary>
    public Task TellLateAsync(
        DbSession session, Effect effect, string outcome, string answer, CancellationToken cancellationToken) => facts.AppendAsync(
            session, effect.ContextKey, owner: null, new FlowEffectAnsweredLate(effect.Context, effect.Id, outcome, answer),
            cancellationToken);

    private async Task TellAsync(DbSession session, Effect effect, EffectMove move, CancellationToken cancellationToken)
    {
        if (effect.State is EffectState.Confirmed or EffectState.Rejected)
        {
            JsonElement result = move.Result ?? throw new InvalidOperationException($"Effect {effect.Id} ended without a result.");
            var ended = new FlowEffectEnded(effect.Context, effect.Id, EnumText.Of(effect.State), result);
            await facts.AppendAsync(session, effect.ContextKey, owner: null, ended, cancellationToken);
        }
        else if (effect.State == EffectState.Dead)
        {
            string detail = JsonSerializer.Serialize(move.Detail, move.Detail.GetType(), FactJson.Options).Cut(500);
            var died = new FlowEffectDied(effect.Context, effect.Id, effect.Provider, effect.Operation, detail);
            await facts.AppendAsync(session, effect.ContextKey, owner: null, died, cancellationToken);
        }
    }

    private static Effect Read(NpgsqlDataReader reader) => new(
        reader.Uuid("id"), reader.Uuid("context_id"), reader.Text("context_key"), reader.Text("key"), reader.Text("provider"),
        reader.Text("operation"), JsonSerializer.Deserialize<JsonElement>(reader.Text("request")), reader.State<EffectState>("state"),
        reader.Int("sends"), reader.Int("not_found"), reader.Int("tries"), reader.TimeOrNull("first_sent_at"),
        reader.TimeOrNull("last_sent_at"), reader.TimeOrNull("tried_since"), reader.Bool("maybe_taken"), reader.Long("lease_epoch"));
}
