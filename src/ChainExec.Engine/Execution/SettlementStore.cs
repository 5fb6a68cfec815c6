using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>A transaction of a sender, beside the slot of its nonce as it stands.</summary>
/// <param name="IsOurs">Whether its sender is one of our accounts.</param>
/// <param name="SignedBy">The carrier for which its very bytes were signed in that slot; nothing when nobody here signed them.</param>
/// <param name="SignedFor">What that carrier carries.</param>
/// <param name="Member">The intent that the slot carries, when it carries one alone.</param>
internal sealed record SeenSlot(
    ChainTransaction Transaction, bool IsOurs, NonceSlot? Slot, Guid? SignedBy, CarrierKind? SignedFor, Intent? Member)
{
    /// <summary>Whether inclusion says no more than that the payment of one member is in a block.</summary>
    public bool IsPlainlyIncluded =>
        IsOurPayment && Member!.State is IntentState.Executing or IntentState.Signing
        && SlotLifecycle.Table.Allows(Slot!.State, SlotEvent.OwnHashInBlock);

    /// <summary>Whether finality says no more than that the payment of one member succeeded.</summary>
    public bool IsPlainlyFinal =>
        IsOurPayment && Transaction.Succeeded && Member!.State == IntentState.Included
        && Slot!.State == SlotState.Mined && Slot.TxHash == Transaction.TxHash;

    private bool IsOurPayment =>
        IsOurs && Slot is { FillCarrier: null, Carrier: { } carrier } && SignedBy == carrier && SignedFor == CarrierKind.Intent
        && Member is not null;
}

/// <summary>Reads what a window of transactions means, in a number of statements that does not grow with it.</summary>
internal sealed class SettlementStore
{
    private static readonly string SlotColumns = string.Join(", ", SlotStore.Columns.Split(", ").Select(column => $"s.{column}"));

    private static readonly string SlotsSql = $"""
        select f.place, exists (select from custody.v_account a where a.chain_id = f.chain_id and a.address = f.sender) as ours,
               {SlotColumns}, signed.carrier_id as signed_by, signed.kind as signed_for
        from   unnest(@chains, @senders, @nonces, @hashes) with ordinality as f (chain_id, sender, nonce, tx_hash, place)
        left   join execution.nonce_slot s
               on s.chain_id = f.chain_id and s.kind = 'eoa' and s.account = f.sender and s.key = 0 and s.nonce = f.nonce
        left   join lateral (
               select p.carrier_id, c.kind
               from   execution.execution e
               join   execution.prepared_call p on p.id = e.prepared_call_id
               join   execution.carrier c on c.id = p.carrier_id
               where  e.tx_hash = f.tx_hash and p.slot_id = s.id
               limit  1) signed on true
        order  by f.place
        """;

    private static readonly string IntentColumns = string.Join(
        ", ", IntentStore.Columns.ReplaceLineEndings(" ").Split(',', StringSplitOptions.TrimEntries).Select(column => $"i.{column}"));

    private static readonly string MembersSql = $"""
        select m.carrier_id, {IntentColumns}
        from   execution.carrier_member m join execution.intent i on i.id = m.intent_id
        where  m.carrier_id = any (@carriers)
        """;

    /// <summary>The transactions in their order, each beside its slot.</summary>
    public async Task<IReadOnlyList<SeenSlot>> ReadAsync(
        DbSession session, IReadOnlyList<ChainTransaction> transactions, CancellationToken cancellationToken)
    {
        IReadOnlyList<SeenSlot> seen = await session.Sql(SlotsSql)
            .WithArray("chains", [.. transactions.Select(transaction => transaction.Chain)], NpgsqlDbType.Bigint)
            .WithArray("senders", [.. transactions.Select(transaction => transaction.From)], NpgsqlDbType.Bytea)
            .WithArray("nonces", [.. transactions.Select(transaction => transaction.Nonce)], NpgsqlDbType.Bigint)
            .WithArray("hashes", [.. transactions.Select(transaction => transaction.TxHash)], NpgsqlDbType.Bytea)
            .ReadAsync(reader => Read(reader, transactions), cancellationToken);
        ILookup<Guid, Intent> members = await MembersAsync(
            session, [.. seen.Select(one => one.Slot?.Carrier).OfType<Guid>()], cancellationToken);
        return
        [
            .. seen.Select(one => one.Slot?.Carrier is { } carrier && members[carrier].Take(2).ToArray() is [var only]
                ? one with { Member = only }
                : one),
        ];
    }

    /// <summary>The members of carriers, by carrier; not locked.</summary>
    public async Task<ILookup<Guid, Intent>> MembersAsync(
        DbSession session, IReadOnlyList<Guid> carriers, CancellationToken cancellationToken)
    {
        if (carriers.Count == 0)
            return Enumerable.Empty<(Guid Carrier, Intent Intent)>().ToLookup(row => row.Carrier, row => row.Intent);
        IReadOnlyList<(Guid Carrier, Intent Intent)> rows = await session.Sql(MembersSql)
            .WithArray("carriers", carriers, NpgsqlDbType.Uuid)
            .ReadAsync(reader => (reader.Uuid("carrier_id"), IntentStore.Read(reader)), cancellationToken);
        return rows.ToLookup(row => row.Carrier, row => row.Intent);
    }

    /// <summary>The logs of transactions of one chain, by hash, in the order of the block.</summary>
    public async Task<ILookup<Hash32, ObservedLog>> LogsAsync(
        DbSession session, IReadOnlyList<ChainTransaction> transactions, CancellationToken cancellationToken)
    {
        IReadOnlyList<(Hash32 Hash, ObservedLog Log)> rows = await session.Sql("""
            select l.tx_hash, l.log_index, l.address, l.topics, l.data
            from   unnest(@chains, @blocks, @incarnations, @hashes) as t (chain_id, block_hash, incarnation, tx_hash)
            join   indexing.v_log l on l.chain_id = t.chain_id and l.block_hash = t.block_hash and l.incarnation = t.incarnation
                                   and l.tx_hash = t.tx_hash
            order  by l.log_index
            """)
            .WithArray("chains", [.. transactions.Select(transaction => transaction.Chain)], NpgsqlDbType.Bigint)
            .WithArray("blocks", [.. transactions.Select(transaction => transaction.BlockHash)], NpgsqlDbType.Bytea)
            .WithArray("incarnations", [.. transactions.Select(transaction => transaction.Incarnation)], NpgsqlDbType.Integer)
            .WithArray("hashes", [.. transactions.Select(transaction => transaction.TxHash)], NpgsqlDbType.Bytea)
            .ReadAsync(reader => (reader.Hash("tx_hash"), IndexReader.ReadLog(reader)), cancellationToken);
        return rows.ToLookup(row => row.Hash, row => row.Log);
    }

    /// <summary>Those of our accounts from which something moved.</summary>
    public async Task<IReadOnlySet<Address>> OurSendersAsync(
        DbSession session, long chain, IReadOnlyList<Movement> moved, CancellationToken cancellationToken)
    {
        IReadOnlyList<Address> rows = await session
            .Sql("select address from custody.v_account where chain_id = @chain and address = any (@senders)").With("chain", chain)
            .WithArray("senders", [.. moved.Select(movement => movement.From).Distinct()], NpgsqlDbType.Bytea)
            .ReadAsync(reader => reader.Address("address"), cancellationToken);
        return rows.ToHashSet();
    }

    private static SeenSlot Read(NpgsqlDataReader reader, IReadOnlyList<ChainTransaction> transactions) => new(
        transactions[(int)reader.Long("place") - 1],
        reader.Bool("ours"),
        reader.UuidOrNull("id") is null ? null : SlotStore.Read(reader),
        reader.UuidOrNull("signed_by"),
        reader.TextOrNull("signed_for") is { } kind ? EnumText.Parse<CarrierKind>(kind) : null,
        Member: null);
}
