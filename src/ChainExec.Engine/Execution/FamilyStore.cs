using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>What an operator's new attempt has to know of a family, and what it writes. The caller has locked the lane.</summary>
internal sealed class FamilyStore(IntentStore intents)
{
    /// <summary>Newest members of families go no further than this: the database has the same bound.</summary>
    public const int GenerationMax = 16;

    // Their own, and the batches that carry a call of them.
    private const string CarriersOfFamily = """
        select id from execution.carrier where family_key = any (@families)
        union select carrier_id from execution.carrier_call where family_key = any (@families)
        """;

    // A slot that only reserved a nonce for the family and gave it back is another's now: it counts only where a signature was asked.
    private const string SlotsOfFamily = $"""
        select {SlotStore.Columns} from execution.nonce_slot
        where  carrier_id in ({CarriersOfFamily})
        or     id in (select p.slot_id
                      from   execution.prepared_call p
                      join   execution.execution e on e.prepared_call_id = p.id and e.state in ('requested', 'signed')
                      where  p.carrier_id in ({CarriersOfFamily}))
        order  by nonce
        limit  1000
        """;

    /// <summary>Every slot in which the family has, or may have, bytes; locked.</summary>
    public Task<IReadOnlyList<NonceSlot>> LockSlotsAsync(DbSession session, string familyKey, CancellationToken cancellationToken) =>
        LockSlotsAsync(session, [familyKey], cancellationToken);

    /// <summary>The same of several families, in one order.</summary>
    public Task<IReadOnlyList<NonceSlot>> LockSlotsAsync(
        DbSession session, IReadOnlyList<string> families, CancellationToken cancellationToken) =>
        session.Sql($"{SlotsOfFamily} for update").WithArray("families", families, NpgsqlTypes.NpgsqlDbType.Text)
            .ReadAsync(SlotStore.Read, cancellationToken);

    /// <summary>The newest member of a family of whatever owner, not locked.</summary>
    public Task<Intent?> ReadNewestAsync(DbSession session, IntentId root, CancellationToken cancellationToken) =>
        session.Sql($"select {IntentStore.Columns} from execution.intent where root_id = @root order by generation desc limit 1")
            .With("root", root).ReadSingleAsync(IntentStore.Read, cancellationToken);

    /// <summary>Why an intent stands where it stands.</summary>
    public async Task<string?> ReasonAsync(DbSession session, IntentId intent, CancellationToken cancellationToken) =>
        (await session.Sql("select reason from execution.intent where id = @id").With("id", intent)
            .ReadAsync(reader => reader.TextOrNull("reason"), cancellationToken)).SingleOrDefault();

    /// <summary>
    /// The first block in which something of the family can be: the head when its first nonce was bound, or what the index saw first after
    /// the family was admitted. Zero when the journal brought a price whose time nobody knows.
    /// </summary>
    public Task<long> FirstBlockAsync(DbSession session, Intent member, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select case
                when bound.prices > 0 and bound.prices = bound.known then bound.head
                when bound.prices > 0 then 0
                else coalesce((select min(b.number) from indexing.v_block b
                               where b.chain_id = @chain and b.is_canonical
                               and   b.observed_at >= (select created_at from execution.intent where id = @root)),
                              (select tip_number + 1 from indexing.v_chain where chain_id = @chain), 0)
                end
            from (select count(*) as prices, count(p.head_number) as known, min(p.head_number) as head
                  from   execution.prepared_call p
                  -- A sealed price has no time of its own before it is used; it came with one that has.
                  where  p.carrier_id in ({CarriersOfFamily}) and (p.head_number is not null or p.inputs ->> 'sealed' is null)) as bound
            """;
        return session.Sql(sql).With("chain", member.Chain).With("root", member.Root)
            .WithArray("families", [member.FamilyKey], NpgsqlTypes.NpgsqlDbType.Text).ScalarAsync<long>(cancellationToken);
    }

    /// <summary>
    /// Living members of other families whose call is the same to the byte, of the account or of any that pays in the same name: which of
    /// a pool a payment was drawn to says nothing about what it is.
    /// </summary>
    public Task<IReadOnlyList<IntentId>> LiveTwinsAsync(DbSession session, Intent member, CancellationToken cancellationToken) =>
        session.Sql("""
            select distinct i.root_id
            from   calls.v_call mine
            join   calls.v_call theirs on theirs.chain_id = mine.chain_id and theirs."to" = mine."to" and theirs.value = mine.value
                                      and theirs.data = mine.data
            join   execution.intent i on i.root_id = theirs.intent_id
            where  mine.intent_id = @root and i.root_id <> @root and i.chain_id = @chain
            and    (i.front_id = @name
                    or i.account_id in (select a.account_id from custody.v_account a
                                        where a.account_id in (@name, @account) or a.pool_of in (@name, @account)
                                        or a.account_id in (select m.pool_of from custody.v_account m where m.account_id = @account)
                                        or a.pool_of in (select m.pool_of from custody.v_account m where m.account_id = @account)))
            and    i.state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated')
            limit  10
            """)
            .With("root", member.Root).With("chain", member.Chain).With("account", member.Account)
            .With("name", member.Front ?? member.Account)
            .ReadAsync(reader => new IntentId(reader.GetGuid(0)), cancellationToken);

    /// <summary>
    /// An operator accepts that foreign transactions consumed these nonces: the signer is told so, before it signs another for the family.
    /// </summary>
    public Task<int> AcceptConsumedAsync(DbSession session, IReadOnlyList<NonceSlot> slots, CancellationToken cancellationToken) =>
        session.Sql("""
            update execution.nonce_slot set next_step_at = storage.clock()
            where  id = any (@slots) and state = 'externally_consumed' and not signer_told
            """)
            .WithArray("slots", [.. slots.Select(slot => slot.Id)], NpgsqlTypes.NpgsqlDbType.Uuid).ExecuteAsync(cancellationToken);

    /// <summary>A new attempt of a family that has ended, waiting for what its root waits for.</summary>
    /// <exception cref="StaleWriteException">The family has a living member or a newer one meanwhile.</exception>
    public Task<Intent> RetryAsync(
        DbSession session, IntentId id, Intent ended, Guid? hold, DateTimeOffset? deadline, string reason, string actor,
        CancellationToken cancellationToken) =>
        intents.InsertByOperatorAsync(
            session, id, ended with { Hold = hold, Deadline = deadline }, "operator_retry", "An operator tries it again on a new nonce.",
            reason, actor, cancellationToken);

    /// <summary>The member that stands for what an operator adopted.</summary>
    /// <exception cref="StaleWriteException">The family has a living member or a newer one meanwhile.</exception>
    public Task<Intent> AdoptAsync(
        DbSession session, IntentId id, Intent ended, Guid? hold, string reason, string actor, CancellationToken cancellationToken) =>
        intents.InsertByOperatorAsync(
            session, id, ended with { Hold = hold, Deadline = null }, "operator_adopt",
            "An operator proved that the transaction which consumed its nonce is this payment.", reason, actor, cancellationToken);
}
