using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Governance;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Execution;

/// <summary>What came of asking for a fill.</summary>
internal abstract record FillResult
{
    private FillResult()
    {
    }

    /// <summary>The nonce is consumed by a transfer of nothing, unless what is out there already wins.</summary>
    internal sealed record Asked(string State) : FillResult;

    /// <summary>Nothing was written.</summary>
    internal sealed record Refused(string Code, string Detail) : FillResult;
}

/// <summary>One slot for an operator's eyes.</summary>
internal sealed record SlotView(
    Guid Id, long Chain, Address Sender, long Nonce, string State, string? StateBefore, bool IsFillAsked, bool IsSignerToldHowItEnded,
    Hash32? TxHash, long? BlockNumber, string? NeedsOperator, IReadOnlyList<IntentId> Intents, IReadOnlyList<Hash32> Signed,
    IReadOnlyList<SlotStep> Steps);

/// <summary>A move of a slot.</summary>
internal sealed record SlotStep(DateTimeOffset At, string? From, string Event, string To, string? Reason, string Actor);

/// <summary>What operators do to nonces: look at one, and have one filled. Fenced by the locks that everybody takes, and audited.</summary>
internal sealed class SlotVerbs(
    SlotStore slots, IntentStore intents, IntentEnding ending, SlotFiller filler, OwnerStore audit, JournalSync journal,
    UnitOfWork unitOfWork, Database database)
{
    private const int StepsMax = 200;

    private const string ViewSql = """
        select s.id, s.chain_id, s.account, s.nonce, s.state, s.state_before, s.fill_carrier_id is not null as fill, s.signer_told,
               s.tx_hash, s.block_number, s.needs_operator,
               array(select distinct i.root_id from execution.carrier_member m join execution.intent i on i.id = m.intent_id
                     where m.carrier_id in (select p.carrier_id from execution.prepared_call p where p.slot_id = s.id)
                     or    m.carrier_id = s.carrier_id) as intents,
               array(select e.tx_hash from execution.prepared_call p join execution.execution e on e.prepared_call_id = p.id
                     where p.slot_id = s.id and e.state = 'signed' order by p.rung) as signed
        from   execution.nonce_slot s
        where  s.chain_id = @chain and s.kind = 'eoa' and s.account = @sender and s.key = 0 and s.nonce = @nonce
        """;

    /// <summary>The slot of a nonce with whom it carries, every hash that was signed on it, and its steps, if there is a slot.</summary>
    public async Task<SlotView?> ShowAsync(long chain, Address sender, long nonce, CancellationToken cancellationToken)
    {
        IReadOnlyList<SlotView> views = await database.ReadAsync(
            ViewSql, statement => statement.With("chain", chain).With("sender", sender).With("nonce", nonce), ReadView, cancellationToken);
        if (views.Count == 0)
            return null;
        IReadOnlyList<SlotStep> steps = await database.ReadAsync(
            """
            select at, from_state, event, to_state, reason, actor from execution.history
            where  machine = 'slot' and entity_id = @id order by id limit @limit
            """,
            statement => statement.With("id", views[0].Id).With("limit", StepsMax),
            reader => new SlotStep(
                reader.Time("at"), reader.TextOrNull("from_state"), reader.Text("event"), reader.Text("to_state"),
                reader.TextOrNull("reason"), reader.Text("actor")),
            cancellationToken);
        return views[0] with { Steps = steps };
    }

    /// <summary>
    /// Has a nonce consumed by a transfer of nothing. What it carries ends as if it had been cancelled: what is mined first decides.
    /// </summary>
    /// <exception cref="SignerUnavailableException">The signer's journal cannot be compared.</exception>
    /// <exception cref="StaleWriteException">It moved between reading and locking: ask again.</exception>
    public async Task<FillResult> FillAsync(
        long chain, Address sender, long nonce, string reason, string actor, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        await journal.EnsureCurrentAsync(chain, sender, cancellationToken);
        return await unitOfWork.RunAsync(
            async (session, token) =>
            {
                await journal.RequireSameDatabaseAsync(session, token);
                if (await slots.LockLaneAsync(session, chain, sender, token) is null)
                    return new FillResult.Refused("unknown_slot", $"{sender} never had a nonce bound on chain {chain}.");
                if (await slots.FindAsync(session, chain, sender, nonce, token) is not { } slot)
                    return new FillResult.Refused("unknown_slot", $"Nonce {nonce} of {sender} was never bound here.");
                FillResult result = await FillLockedAsync(session, slot, reason, actor, token);
                if (result is FillResult.Asked)
                    await audit.AuditAsync(
                        session, actor, "slot.fill", $"{chain}:{sender}:{nonce}", new { reason, from = EnumText.Of(slot.State) }, token);
                return result;
            },
            cancellationToken);
    }

    private async Task<FillResult> FillLockedAsync(
        DbSession session, NonceSlot slot, string reason, string actor, CancellationToken cancellationToken)
    {
        if (SlotLifecycle.Table.IsFinal(slot.State))
            return new FillResult.Refused("resolved", $"Nonce {slot.Nonce} is {EnumText.Of(slot.State)}: that is final.");
        if (slot.State == SlotState.Released)
            return await FillHoleAsync(session, slot, actor, cancellationToken);
        if (slot.FillCarrier is not null)
            return new FillResult.Refused("fill_asked", $"Nonce {slot.Nonce} is to be filled already.");
        if (slot.State == SlotState.Taken && slot.StateBefore is SlotState.Released)
            return new FillResult.Refused("taken", $"A foreign transaction holds nonce {slot.Nonce}, and nothing of ours waits for it.");
        IReadOnlyList<Intent> members = slot.Carrier is { } carrier
            ? await intents.LiveMembersAsync(session, carrier, cancellationToken)
            : [];
        if (members.Count > 1 && slot.State == SlotState.Reserved)
            return new FillResult.Refused("batch_reserved", "Nothing of its batch was asked to be signed: cancel the intents instead.");
        // Those of a batch go on alone, each on a nonce of its own, when the fill is final.
        if (members is [var member, ..]
            && await ending.AskAsync(
                session, member, IntentWish.Cancel, $"An operator had its nonce filled: {reason}", actor, cancellationToken)
                is not EndResult.Shared)
        {
            return new FillResult.Asked(EnumText.Of((await ReadAgainAsync(session, slot, cancellationToken)).State));
        }

        if (slot.State == SlotState.Reserved)
            return new FillResult.Refused("fill_asked", $"Nonce {slot.Nonce} carries a fill already.");
        NonceSlot asked = await filler.AskFillAsync(session, slot, actor, "operator", cancellationToken);
        return new FillResult.Asked(EnumText.Of(asked.State));
    }

    // Only a hole below nonces in use needs one; the lowest free nonce is the one that is bound next.
    private async Task<FillResult> FillHoleAsync(DbSession session, NonceSlot slot, string actor, CancellationToken cancellationToken)
    {
        if (!await slots.IsNeededBelowAsync(session, slot, cancellationToken))
            return new FillResult.Refused("no_hole", $"Nonce {slot.Nonce} is free and nothing above it waits: the next payment uses it.");
        if (await LowestReleasedAsync(session, slot, cancellationToken) is var lowest && lowest != slot.Nonce)
            return new FillResult.Refused("lower_hole", $"Nonce {lowest} is free as well and comes first.");
        await filler.BindFillAsync(session, slot, actor, cancellationToken);
        return new FillResult.Asked(EnumText.Of(SlotState.Reserved));
    }

    private async Task<NonceSlot> ReadAgainAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken) =>
        (await slots.FindAsync(session, slot.Chain, slot.Sender, slot.Nonce, cancellationToken))!;

    private static Task<long> LowestReleasedAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken) =>
        session.Sql("""
            select min(nonce) from execution.nonce_slot where chain_id = @chain and account = @sender and state = 'released'
            """)
            .With("chain", slot.Chain).With("sender", slot.Sender).ScalarAsync<long>(cancellationToken);

    private static SlotView ReadView(NpgsqlDataReader reader) => new(
        reader.Uuid("id"), reader.Long("chain_id"), reader.Address("account"), reader.Long("nonce"), reader.Text("state"),
        reader.TextOrNull("state_before"), reader.Bool("fill"), reader.Bool("signer_told"), reader.HashOrNull("tx_hash"),
        reader.LongOrNull("block_number"), reader.TextOrNull("needs_operator"),
        [.. reader.GetFieldValue<Guid[]>(reader.GetOrdinal("intents")).Select(id => new IntentId(id))],
        [.. reader.GetFieldValue<byte[][]>(reader.GetOrdinal("signed")).Select(hash => Hash32.FromBytes(hash))], []);
}
