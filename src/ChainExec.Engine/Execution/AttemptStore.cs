using ChainExec.Ethereum;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>Carriers and their members, prepared calls, signing attempts and nodes: everything below an intent except its slot.</summary>
internal sealed class AttemptStore
{
    private const string PreparedColumns =
        "id, carrier_id, slot_id, effect_hash, \"to\", value, data, gas_limit, max_fee_per_gas, max_priority_fee_per_gas, inputs, "
        + "rung, head_number, data_fee";

    private const string CarrierColumns = """
        c.id, c.chain_id, c.sender, c.kind, c.family_key, c.effect_hash,
        array(select f.family_key from execution.carrier_call f where f.carrier_id = c.id order by f.ordinal) as families
        """;

    // Every family whose call it carries has its intent here. Of what the journal brought some may be unknown yet, and join later.
    private const string IsComplete = """
        not exists (select from execution.carrier_call f where f.carrier_id = c.id and not exists (
            select from execution.carrier_member m join execution.intent i on i.id = m.intent_id
            where  m.carrier_id = c.id and i.family_key = f.family_key))
        """;

    /// <summary>A new carrier with its members, open until it is asked to be signed.</summary>
    public async Task InsertCarrierAsync(
        DbSession session, Carrier carrier, IReadOnlyList<IntentId> members, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into execution.carrier (id, chain_id, sender, kind, family_key, effect_hash, state)
            values (@id, @chain, @sender, @kind, @family, @effect, 'open')
            """;
        session.Sql(sql).With("id", carrier.Id).With("chain", carrier.Chain).With("sender", carrier.Sender).With("kind", carrier.Kind)
            .With("family", carrier.FamilyKey).With("effect", carrier.EffectHash).RunLater();
        if (carrier.Families.Count > 0)
        {
            session.Sql("""
                insert into execution.carrier_call (carrier_id, ordinal, family_key)
                select @id, f.place - 1, f.family_key from unnest(@families) with ordinality as f (family_key, place)
                """)
                .With("id", carrier.Id).WithArray("families", carrier.Families, NpgsqlDbType.Text).RunLater();
        }

        foreach (IntentId member in members)
            await AddMemberAsync(session, carrier.Id, member, cancellationToken);
    }

    public Task AddMemberAsync(DbSession session, Guid carrier, IntentId member, CancellationToken cancellationToken)
    {
        session.Sql("insert into execution.carrier_member (carrier_id, intent_id) values (@carrier, @intent)")
            .With("carrier", carrier).With("intent", member).RunLater();
        return Task.CompletedTask;
    }

    /// <summary>From here on the carrier's composition cannot change.</summary>
    public Task FreezeAsync(DbSession session, Guid carrier, CancellationToken cancellationToken)
    {
        session.Sql($"update execution.carrier c set state = 'frozen' where id = @id and state = 'open' and {IsComplete}")
            .With("id", carrier).RunLater();
        return Task.CompletedTask;
    }

    /// <summary>The signer refused a batch: what it carried is not carried together again.</summary>
    public void MarkRefused(DbSession session, Guid carrier) =>
        session.Sql("update execution.carrier set refused = true where id = @id").With("id", carrier).RunLater();

    /// <summary>The slot is resolved, and with it everything it carried.</summary>
    public Task ResolveCarrierAsync(DbSession session, Guid carrier, CancellationToken cancellationToken)
    {
        ResolveCarriers(session, [carrier]);
        return Task.CompletedTask;
    }

    /// <summary>The same for several.</summary>
    public void ResolveCarriers(DbSession session, IReadOnlyList<Guid> carriers)
    {
        // A family that this database does not know yet stays open: a client that states its payment again is adopted by it.
        const string sql = $"""
            update execution.carrier c set state = 'resolved'
            where  id = any (@ids)
            and    (kind <> 'unknown_family' or exists (select from execution.carrier_member where carrier_id = c.id))
            and    {IsComplete}
            """;
        session.Sql(sql).WithArray("ids", carriers, NpgsqlDbType.Uuid).RunLater();
        session.Sql("""
            update execution.carrier_member set resolved_at = storage.clock() where carrier_id = any (@ids) and resolved_at is null
            """)
            .WithArray("ids", carriers, NpgsqlDbType.Uuid).RunLater();
    }

    public Task<Carrier?> FindCarrierAsync(DbSession session, Guid id, CancellationToken cancellationToken) =>
        session.Sql($"select {CarrierColumns} from execution.carrier c where c.id = @id").With("id", id)
            .ReadSingleAsync(ReadCarrier, cancellationToken);

    /// <summary>
    /// Whether a carrier's slot can be asked to be signed as it stands: its call is prepared, and its account's owner approves nothing.
    /// </summary>
    public Task<bool> IsPlainAsync(DbSession session, Guid carrier, CancellationToken cancellationToken) =>
        session.Sql("""
            select exists (
                select from execution.carrier c
                join   execution.prepared_call p on p.carrier_id = c.id and p.state = 'live'
                join   custody.v_account a on a.chain_id = c.chain_id and a.address = c.sender
                where  c.id = @carrier and (c.kind <> 'intent' or a.custody = 'server'))
            """)
            .With("carrier", carrier).ScalarAsync<bool>(cancellationToken);

    /// <summary>
    /// A carrier that was imported from the signer's journal for a family that this database did not know then, alone or among the calls
    /// of a batch.
    /// </summary>
    public Task<Carrier?> FindUnknownFamilyAsync(DbSession session, string familyKey, CancellationToken cancellationToken) =>
        session.Sql($"""
            select {CarrierColumns} from execution.carrier c
            where  c.id in (select id from execution.carrier
                            where  family_key = @family and kind = 'unknown_family'
                            and    not exists (select from execution.carrier_member where carrier_id = execution.carrier.id)
                            union
                            select f.carrier_id from execution.carrier_call f
                            join   execution.nonce_slot s on s.carrier_id = f.carrier_id
                            where  f.family_key = @family
                            and    not exists (select from execution.carrier_member m join execution.intent i on i.id = m.intent_id
                                               where  m.carrier_id = f.carrier_id and i.family_key = @family))
            order  by c.id limit 1
            for update of c
            """)
            .With("family", familyKey).ReadSingleAsync(ReadCarrier, cancellationToken);

    public Task InsertPreparedAsync(
        DbSession session, PreparedCall call, CancellationToken cancellationToken, PreparedState state = PreparedState.Live)
    {
        const string sql = $"""
            insert into execution.prepared_call ({PreparedColumns}, state)
            values (@id, @carrier, @slot, @effect, @to, @value, @data, @gas, @fee, @tip, @inputs, @rung, @head, @data_fee, @state)
            """;
        session.Sql(sql)
            .With("id", call.Id).With("carrier", call.Carrier).With("slot", call.Slot).With("effect", call.EffectHash).With("to", call.To)
            .With("value", call.Value).With("data", call.Data).With("gas", call.GasLimit).With("fee", call.MaxFeePerGas)
            .With("tip", call.MaxPriorityFeePerGas).WithJson("inputs", call.InputsJson).With("rung", call.Rung)
            .With("head", call.HeadNumber).With("data_fee", call.DataFee).With("state", state).RunLater();
        return Task.CompletedTask;
    }

    /// <summary>The rung above all that the slot has, whoever owned it.</summary>
    public Task<int> NextRungAsync(DbSession session, Guid slot, CancellationToken cancellationToken) =>
        session.Sql("select coalesce(max(rung) + 1, 0) from execution.prepared_call where slot_id = @slot").With("slot", slot)
            .ScalarAsync<int>(cancellationToken);

    /// <summary>
    /// The prices that were asked to be signed in a slot and not refused, highest first. Sealed ones too: they are signed or about to be,
    /// not sent before their turn, and as much ours as any other when one is in a block.
    /// </summary>
    public Task<IReadOnlyList<Rung>> AllRungsAsync(DbSession session, Guid slot, CancellationToken cancellationToken)
    {
        const string sql = """
            select p.carrier_id, p.effect_hash, p.rung, p.gas_limit, p.max_fee_per_gas, p.max_priority_fee_per_gas, p.head_number,
                   p.state as prepared_state,
                   c.kind, e.id, e.prepared_call_id, e.state, e.tx_hash, e.raw
            from   execution.prepared_call p
            join   execution.carrier c on c.id = p.carrier_id
            join   execution.execution e on e.prepared_call_id = p.id and e.state in ('requested', 'signed')
            where  p.slot_id = @slot
            order  by p.max_fee_per_gas desc, p.rung desc
            """;
        return session.Sql(sql).With("slot", slot).ReadAsync(
            reader => new Rung(
                reader.Uuid("carrier_id"), reader.State<CarrierKind>("kind") == CarrierKind.Fill, reader.Hash("effect_hash"),
                reader.Int("rung"), reader.Long("gas_limit"), reader.Amount("max_fee_per_gas"),
                reader.Amount("max_priority_fee_per_gas"), reader.LongOrNull("head_number"), reader.State<PreparedState>("prepared_state"),
                ReadExecution(reader)),
            cancellationToken);
    }

    /// <summary>The head at which the slot's newest price was decided, refused ones too; nothing when all came from the journal.</summary>
    public async Task<long?> NewestHeadAsync(DbSession session, Guid slot, CancellationToken cancellationToken) =>
        (await session.Sql("select max(head_number) as head from execution.prepared_call where slot_id = @slot").With("slot", slot)
            .ReadAsync(reader => reader.LongOrNull("head"), cancellationToken))[0];

    public Task<int> SupersedeAsync(DbSession session, Guid carrier, CancellationToken cancellationToken) =>
        session.Sql("update execution.prepared_call set state = 'superseded' where carrier_id = @carrier and state = 'live'")
            .With("carrier", carrier).ExecuteAsync(cancellationToken);

    /// <summary>It is a sealed price's turn: from now on it is what its carrier sends.</summary>
    public async Task UnsealAsync(DbSession session, Rung rung, long head, CancellationToken cancellationToken)
    {
        await SupersedeAsync(session, rung.Carrier, cancellationToken);
        const string sql = "update execution.prepared_call set state = 'live', head_number = @head where id = @id and state = 'sealed'";
        if (await session.Sql(sql).With("id", rung.Attempt.PreparedCall).With("head", head).ExecuteAsync(cancellationToken) == 0)
            throw new StaleWriteException($"Price {rung.Number} of the slot is sealed no more.");
    }

    /// <summary>The carrier that an intent waits on, if it has one that is not resolved.</summary>
    public async Task<Guid?> FindOpenCarrierAsync(DbSession session, IntentId intent, CancellationToken cancellationToken)
    {
        IReadOnlyList<Guid> rows = await session
            .Sql("select carrier_id from execution.carrier_member where intent_id = @intent and resolved_at is null")
            .With("intent", intent).ReadAsync(reader => reader.GetGuid(0), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Whether the signer knows how every nonce of a family ended: until then it signs no other for it.</summary>
    public Task<bool> IsSignerToldAsync(DbSession session, IntentId root, CancellationToken cancellationToken) =>
        session.Sql("""
            select not exists (
                select from execution.intent i
                join   execution.carrier_member m on m.intent_id = i.id
                join   execution.nonce_slot s on s.carrier_id = m.carrier_id
                where  i.root_id = @root and not s.signer_told)
            """)
            .With("root", root).ScalarAsync<bool>(cancellationToken);

    public Task<PreparedCall?> FindLivePreparedAsync(DbSession session, Guid carrier, CancellationToken cancellationToken) =>
        session.Sql($"select {PreparedColumns} from execution.prepared_call where carrier_id = @carrier and state = 'live'")
            .With("carrier", carrier).ReadSingleAsync(ReadPrepared, cancellationToken);

    /// <summary>A prepared call that is known to exist.</summary>
    public async Task<PreparedCall> ReadPreparedAsync(DbSession session, Guid id, CancellationToken cancellationToken) =>
        (await session.Sql($"select {PreparedColumns} from execution.prepared_call where id = @id").With("id", id)
            .ReadSingleAsync(ReadPrepared, cancellationToken))!;

    /// <summary>
    /// The slot leaves the family whose ladder was asked to be sealed in it: none of those prices is asked for again, and nobody takes its
    /// fill for that of the next owner. What was signed of it stays watched.
    /// </summary>
    public async Task DropSealedAsync(DbSession session, Guid slot, string why, CancellationToken cancellationToken)
    {
        await session.Sql("""
            update execution.execution set state = 'refused', refusal = @why, answered_at = storage.clock()
            where  state = 'requested'
            and    prepared_call_id in (select id from execution.prepared_call where slot_id = @slot and state = 'sealed')
            """).With("slot", slot).With("why", why).ExecuteAsync(cancellationToken);
        await session.Sql("""
            update execution.carrier set state = 'resolved'
            where  kind = 'fill'
            and    id in (select carrier_id from execution.prepared_call where slot_id = @slot and state = 'sealed')
            """).With("slot", slot).ExecuteAsync(cancellationToken);
        await session.Sql("update execution.prepared_call set state = 'superseded' where slot_id = @slot and state = 'sealed'")
            .With("slot", slot).ExecuteAsync(cancellationToken);
    }

    /// <summary>The carrier of a fill, by the family that the signer knows it by.</summary>
    public Task<Carrier?> FindFillAsync(DbSession session, string familyKey, CancellationToken cancellationToken) =>
        session.Sql($"""
            select {CarrierColumns} from execution.carrier c
            where  c.family_key = @family and c.kind = 'fill' order by c.id limit 1
            """)
            .With("family", familyKey).ReadSingleAsync(ReadCarrier, cancellationToken);

    /// <summary>The slots are resolved, and with them every fill that was signed or sealed in them.</summary>
    public void ResolveFills(DbSession session, IReadOnlyList<Guid> slots) =>
        session.Sql("""
            update execution.carrier set state = 'resolved'
            where  kind = 'fill' and state <> 'resolved'
            and    id in (select carrier_id from execution.prepared_call where slot_id = any (@slots))
            """)
            .WithArray("slots", slots, NpgsqlDbType.Uuid).RunLater();

    /// <summary>The newest prepared call of a carrier, live or not: what it means to do is the same in all.</summary>
    public Task<PreparedCall?> FindPreparedAsync(DbSession session, Guid carrier, CancellationToken cancellationToken) =>
        session.Sql($"select {PreparedColumns} from execution.prepared_call where carrier_id = @carrier order by rung desc limit 1")
            .With("carrier", carrier).ReadSingleAsync(ReadPrepared, cancellationToken);

    public Task InsertExecutionAsync(DbSession session, Guid id, Guid preparedCall, CancellationToken cancellationToken)
    {
        session.Sql("insert into execution.execution (id, prepared_call_id, state) values (@id, @prepared, 'requested')")
            .With("id", id).With("prepared", preparedCall).RunLater();
        return Task.CompletedTask;
    }

    /// <summary>The attempt of a prepared call that is asked for or signed.</summary>
    public Task<SigningAttempt?> FindLiveExecutionAsync(DbSession session, Guid preparedCall, CancellationToken cancellationToken) =>
        session.Sql("""
            select id, prepared_call_id, state, tx_hash, raw from execution.execution
            where  prepared_call_id = @prepared and state in ('requested', 'signed')
            """)
            .With("prepared", preparedCall).ReadSingleAsync(ReadExecution, cancellationToken);

    /// <summary>Which slot and carrier signed the bytes with this hash, if the hash is ours.</summary>
    public async Task<(Guid Slot, Guid Carrier)?> FindByHashAsync(DbSession session, Hash32 txHash, CancellationToken cancellationToken)
    {
        const string sql = """
            select p.slot_id, p.carrier_id
            from   execution.execution e join execution.prepared_call p on p.id = e.prepared_call_id
            where  e.tx_hash = @hash
            """;
        IReadOnlyList<(Guid, Guid)> rows = await session.Sql(sql).With("hash", txHash)
            .ReadAsync(reader => (reader.Uuid("slot_id"), reader.Uuid("carrier_id")), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task StoreSignatureAsync(
        DbSession session, SigningAttempt attempt, Hash32 txHash, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        const string sql = """
            update execution.execution set state = 'signed', tx_hash = @hash, raw = @raw, answered_at = storage.clock()
            where  id = @id and state = 'requested'
            """;
        if (await session.Sql(sql).With("hash", txHash).With("raw", raw).With("id", attempt.Id).ExecuteAsync(cancellationToken) == 0)
            throw new StaleWriteException($"Execution {attempt.Id} is no longer requested.");
    }

    public async Task StoreRefusalAsync(
        DbSession session, SigningAttempt attempt, PreparedCall prepared, string refusal, CancellationToken cancellationToken)
    {
        await session.Sql(
            "update execution.execution set state = 'refused', refusal = @refusal, answered_at = storage.clock() where id = @id")
            .With("refusal", refusal.Cut(2000)).With("id", attempt.Id).ExecuteAsync(cancellationToken);
        await session.Sql("update execution.prepared_call set state = 'superseded' where id = @id").With("id", prepared.Id)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>Committed before the bytes leave: what happens next at this provider is unknown until it answers.</summary>
    public Task CountSendAsync(DbSession session, Guid id, Guid execution, string provider, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into execution.node (id, execution_id, provider, state, sends, first_sent_at, last_sent_at)
            values (@id, @execution, @provider, 'unknown', 1, storage.clock(), storage.clock())
            on conflict (execution_id, provider) do update set sends = execution.node.sends + 1, last_sent_at = excluded.last_sent_at
            """;
        session.Sql(sql).With("id", id).With("execution", execution).With("provider", provider).RunLater();
        return Task.CompletedTask;
    }

    internal static PreparedCall ReadPrepared(NpgsqlDataReader reader) => new(
        reader.Uuid("id"), reader.Uuid("carrier_id"), reader.Uuid("slot_id"), reader.Hash("effect_hash"), reader.Address("to"),
        reader.Amount("value"), reader.Bytes("data"), reader.Long("gas_limit"), reader.Amount("max_fee_per_gas"),
        reader.Amount("max_priority_fee_per_gas"), reader.Text("inputs"), reader.Int("rung"), reader.LongOrNull("head_number"))
    {
        DataFee = reader.Amount("data_fee"),
    };

    private static Carrier ReadCarrier(NpgsqlDataReader reader) => new(
        reader.Uuid("id"), reader.Long("chain_id"), reader.Address("sender"), reader.State<CarrierKind>("kind"), reader.Text("family_key"),
        reader.Hash("effect_hash"))
    {
        Families = reader.GetFieldValue<string[]>(reader.GetOrdinal("families")),
    };

    private static SigningAttempt ReadExecution(NpgsqlDataReader reader)
    {
        Hash32? hash = reader.HashOrNull("tx_hash");
        return new SigningAttempt(
            reader.Uuid("id"), reader.Uuid("prepared_call_id"), reader.Text("state") == "signed", hash,
            hash is null ? null : reader.Bytes("raw"));
    }
}

/// <summary>One price of a slot: what it pays, whose it is, and its signing.</summary>
/// <param name="IsFill">Whether it consumes the nonce without an effect.</param>
internal sealed record Rung(
    Guid Carrier, bool IsFill, Hash32 EffectHash, int Number, long GasLimit, TokenAmount MaxFeePerGas, TokenAmount MaxPriorityFeePerGas,
    long? HeadNumber, PreparedState State, SigningAttempt Attempt)
{
    /// <summary>Whether it is what its carrier signs and sends now.</summary>
    public bool IsLive => State == PreparedState.Live;
}
