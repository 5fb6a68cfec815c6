using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>One intent that moves.</summary>
/// <param name="Epoch">The lease that the mover holds; nothing when it moves by evidence.</param>
/// <param name="KeepsLease">Whether the mover goes on with it under the same lease.</param>
internal sealed record IntentStep(Intent Intent, IntentEvent Happened, IntentMove Move, long? Epoch = null, bool KeepsLease = false)
{
    /// <summary>Where it stands afterwards.</summary>
    public Intent After() =>
        Intent with { State = IntentLifecycle.Table.Move(Intent.State, Happened), Wish = Move.Wish ?? Intent.Wish };
}

/// <summary>
/// Moves intents: for each a compare-and-set on its state and lease, a row of its history and a fact; one statement for all.
/// </summary>
internal sealed class IntentMoves(FactWriter facts)
{
    internal const int DetailLengthMax = 2000;

    private const string Sql = """
        update execution.intent i
        set    state = m.to_state, reason = m.reason, detail = m.detail, updated_at = storage.clock(), attempts = 0,
               leased_by = case when m.keeps then i.leased_by end,
               leased_until = case when m.keeps then i.leased_until end, needs_operator = null,
               next_step_at = case when m.due then storage.clock() when not m.ended then i.deadline end,
               wish = coalesce(m.wish, i.wish)
        from   unnest(@ids, @froms, @tos, @reasons, @details, @keeps, @dues, @ends, @wishes, @epochs)
               as m (id, from_state, to_state, reason, detail, keeps, due, ended, wish, epoch)
        where  i.id = m.id and i.state = m.from_state and (m.epoch is null or i.lease_epoch = m.epoch)
        returning i.id
        """;

    /// <summary>Moves all of them; nothing to move is nothing to do.</summary>
    /// <exception cref="StaleWriteException">One was moved by somebody else, or its lease was lost.</exception>
    public async Task<IReadOnlyList<Intent>> AllAsync(
        DbSession session, IReadOnlyList<IntentStep> steps, CancellationToken cancellationToken)
    {
        if (steps.Count == 0)
            return [];
        Intent[] after = [.. steps.Select(step => step.After())];
        IReadOnlyList<Guid> moved = await session.Sql(Sql)
            .WithArray("ids", [.. after.Select(intent => intent.Id.Value)], NpgsqlDbType.Uuid)
            .WithArray("froms", [.. steps.Select(step => EnumText.Of(step.Intent.State))], NpgsqlDbType.Text)
            .WithArray("tos", [.. after.Select(intent => EnumText.Of(intent.State))], NpgsqlDbType.Text)
            .WithArray("reasons", [.. steps.Select(step => step.Move.Reason)], NpgsqlDbType.Text)
            .WithArray("details", [.. steps.Select(step => step.Move.Detail.Cut(DetailLengthMax))], NpgsqlDbType.Text)
            .WithArray("keeps", [.. steps.Select(step => step.KeepsLease)], NpgsqlDbType.Boolean)
            .WithArray(
                "dues", [.. after.Select(intent => intent.State is IntentState.Waiting or IntentState.Preparing)], NpgsqlDbType.Boolean)
            // A deadline wakes us wherever the intent stands, unless it has been told to end already.
            .WithArray(
                "ends", [.. after.Select(intent => IntentLifecycle.Table.IsFinal(intent.State) || intent.Wish is not null)],
                NpgsqlDbType.Boolean)
            .WithArray("wishes", [.. steps.Select(step => step.Move.Wish is { } wish ? EnumText.Of(wish) : null)], NpgsqlDbType.Text)
            .WithArray("epochs", [.. steps.Select(step => step.Epoch)], NpgsqlDbType.Bigint)
            .ReadAsync(reader => reader.GetGuid(0), cancellationToken);
        if (moved.Count != steps.Count)
        {
            Intent stale = steps.First(step => !moved.Contains(step.Intent.Id.Value)).Intent;
            throw new StaleWriteException($"{stale.Id} is no longer {EnumText.Of(stale.State)}, or its lease was lost.");
        }

        for (int place = 0; place < steps.Count; place++)
            await TellAsync(session, steps[place], after[place].State, cancellationToken);
        WakeDependents(
            session, [.. after.Where(intent => IntentLifecycle.Table.IsFinal(intent.State) && intent.State != IntentState.Escalated)]);
        return after;
    }

    /// <summary>What was admitted, or stands anew, is told like a move.</summary>
    public Task TellAsync(
        DbSession session, Intent intent, IntentState to, IntentMove move, CancellationToken cancellationToken) =>
        facts.AppendAsync(
            session,
            IntentFact.TypePrefix + EnumText.Of(to),
            IntentFact.KeyOf(intent.Root.Value),
            intent.Owner,
            new IntentFact(intent.Id.Value, intent.Root.Value, EnumText.Of(to), move.Reason, move.Detail.Cut(DetailLengthMax), intent.Chain,
                intent.Sender, intent.ClientReference, intent.Hold, move.Transaction, move.Movements),
            cancellationToken);

    private async Task TellAsync(DbSession session, IntentStep step, IntentState to, CancellationToken cancellationToken)
    {
        (Intent intent, IntentMove move) = (step.Intent, step.Move);
        History.Append(
            session, "intent", intent.Id.Value, EnumText.Of(intent.State), EnumText.Of(step.Happened), EnumText.Of(to), move.Reason,
            move.Evidence, move.Actor);
        await TellAsync(session, intent, to, move, cancellationToken);
    }

    private static void WakeDependents(DbSession session, IReadOnlyList<Intent> ended)
    {
        if (ended.Count == 0)
            return;
        session.Sql("""
            update execution.intent
            set    next_step_at = storage.clock()
            where  id in (select intent_id from execution.intent_dependency where depends_on = any (@roots))
            and    state = 'waiting'
            """)
            .WithArray("roots", [.. ended.Select(intent => intent.Root.Value)], NpgsqlDbType.Uuid).RunLater();
    }
}
