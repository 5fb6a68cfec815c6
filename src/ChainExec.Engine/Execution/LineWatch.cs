using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>The lowest open nonce of a sender, beside what the watchdog saw before.</summary>
/// <param name="Slot">The slot that is the lowest open one now; nothing when the sender has none.</param>
/// <param name="SeenSlot">The one that was, when the watchdog last wrote; nothing when it had none.</param>
internal sealed record LineFinding(
    long Chain, Address Sender, Guid? Slot, long? Nonce, string? Phase, Guid? SeenSlot, string? SeenPhase, DateTimeOffset? Since);

/// <summary>Remembers how long the lowest open nonce of each sender has not moved: everything above it waits for it.</summary>
internal sealed class LineWatch
{
    /// <summary>
    /// Senders of whose line something is new: another slot, another phase, or a stay beyond the bound of its chain. A halt is known to
    /// whoever ordered it and holds every line of its chain alike: those stays are no news, and do not crowd out what is.
    /// </summary>
    public Task<IReadOnlyList<LineFinding>> ReadNewsAsync(
        DbSession session, IReadOnlyDictionary<long, TimeSpan> bounds, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            with bound as (select * from unnest(@chains, @bounds) as b (chain_id, stay)),
                 head as (
                    select distinct on (chain_id, account) chain_id, account as sender, id, nonce,
                           case when state in ('broadcast_unknown', 'accepted') then 'sent' else state end as phase
                    from   execution.nonce_slot
                    where  state in ('reserved', 'sign_requested', 'signed', 'broadcast_unknown', 'accepted')
                    order  by chain_id, account, nonce)
            select coalesce(h.chain_id, l.chain_id) as chain_id, coalesce(h.sender, l.sender) as sender, h.id, h.nonce, h.phase,
                   l.slot_id, l.phase as seen_phase, l.since
            from   head h
            full   join execution.head_of_line l on l.chain_id = h.chain_id and l.sender = h.sender
            left   join bound b on b.chain_id = l.chain_id
            where  h.id is distinct from l.slot_id
            or     h.phase is distinct from l.phase
            or     (l.stuck_at is null and l.since + b.stay <= storage.clock()
                    and not exists (select from indexing.v_chain c where c.chain_id = l.chain_id and c.halted_at is not null)
                    and not exists (select from governance.v_freeze f
                                    where f.scope = 'all' or (f.scope = 'chain' and f.subject = l.chain_id::text)))
            order  by 1, 2
            limit  @limit
            """;
        return session.Sql(sql)
            .WithArray("chains", [.. bounds.Keys], NpgsqlDbType.Bigint).WithArray("bounds", [.. bounds.Values], NpgsqlDbType.Interval)
            .With("limit", limit)
            .ReadAsync(
                reader => new LineFinding(
                    reader.Long("chain_id"), reader.Address("sender"), reader.UuidOrNull("id"), reader.LongOrNull("nonce"),
                    reader.TextOrNull("phase"), reader.UuidOrNull("slot_id"), reader.TextOrNull("seen_phase"), reader.TimeOrNull("since")),
                cancellationToken);
    }

    /// <summary>
    /// The line has moved: forgets what was seen and begins anew. True when what was seen was stuck, maybe said so by somebody after this
    /// finding was read.
    /// </summary>
    public async Task<bool> MoveOnAsync(DbSession session, LineFinding found, CancellationToken cancellationToken)
    {
        IReadOnlyList<bool> forgotten = await session.Sql("""
            delete from execution.head_of_line
            where  chain_id = @chain and sender = @sender and slot_id = @slot and phase = @phase
            returning stuck_at is not null as was_stuck
            """)
            .With("chain", found.Chain).With("sender", found.Sender).With("slot", found.SeenSlot).With("phase", found.SeenPhase)
            .ReadAsync(reader => reader.Bool("was_stuck"), cancellationToken);
        if (found.Slot is not null)
        {
            await session.Sql("""
                insert into execution.head_of_line (chain_id, sender, slot_id, phase) values (@chain, @sender, @slot, @phase)
                on conflict do nothing
                """)
                .With("chain", found.Chain).With("sender", found.Sender).With("slot", found.Slot).With("phase", found.Phase)
                .ExecuteAsync(cancellationToken);
        }

        return forgotten is [true];
    }

    /// <summary>It has stayed too long. True when nobody had said so before.</summary>
    public async Task<bool> MarkStuckAsync(DbSession session, LineFinding found, CancellationToken cancellationToken) =>
        await session.Sql("""
            update execution.head_of_line set stuck_at = storage.clock()
            where  chain_id = @chain and sender = @sender and slot_id = @slot and phase = @phase and stuck_at is null
            """)
            .With("chain", found.Chain).With("sender", found.Sender).With("slot", found.SeenSlot).With("phase", found.SeenPhase)
            .ExecuteAsync(cancellationToken) == 1;

    /// <summary>
    /// The nonce that everything of the sender waits for unduly, and since when; nothing while the line moves. What was seen of a nonce
    /// that is open no more says nothing.
    /// </summary>
    public async Task<(long Nonce, DateTimeOffset Since)?> StuckAsync(
        DbSession session, long chain, Address sender, CancellationToken cancellationToken)
    {
        IReadOnlyList<(long, DateTimeOffset)> rows = await session.Sql("""
            select s.nonce, l.since
            from   execution.head_of_line l join execution.nonce_slot s on s.id = l.slot_id
            where  l.chain_id = @chain and l.sender = @sender and l.stuck_at is not null
            and    s.state in ('reserved', 'sign_requested', 'signed', 'broadcast_unknown', 'accepted')
            """)
            .With("chain", chain).With("sender", sender)
            .ReadAsync(reader => (reader.Long("nonce"), reader.Time("since")), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }
}
