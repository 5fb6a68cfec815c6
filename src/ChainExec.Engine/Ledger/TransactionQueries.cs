using System.Numerics;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Ledger;

/// <summary>Reads of whole transactions, on connections of their own.</summary>
internal sealed class TransactionQueries(Database database)
{
    /// <summary>Transactions on one page at most.</summary>
    public const int PageMax = 100;

    // Along arrays of the transaction to the primary key of its entries.
    private const string Columns = """
        t.id, t.idempotency_key, t.kind, t.context, t.source_position, t.effective_at, t.recorded_at, t.actor, t.flow_node, t.intent_id,
        t.call_id, t.external_event, t.reverses, t.group_id, encode(t.content_hash, 'hex') as sha256,
        e.side, e.amount, e.version, e.balance_after, a.id as account_id, a.code, a.kind as account_kind, a.asset, a.owner_id, a.policy
        """;

    private const string Entries = """
        cross  join unnest(t.accounts, t.versions) with ordinality as p(account_id, version, place)
        join   ledger.entry e on e.account_id = p.account_id and e.version = p.version
        join   ledger.account a on a.id = e.account_id
        """;

    public async Task<LedgerTransaction?> FindAsync(LedgerTransactionId id, CancellationToken cancellationToken) =>
        Only(await ReadAsync(
            $"select {Columns} from ledger.transaction t {Entries} where t.id = @id order by p.place",
            statement => statement.With("id", id), cancellationToken));

    public async Task<LedgerTransaction?> FindByKeyAsync(string key, CancellationToken cancellationToken) =>
        Only(await ReadAsync(
            $"""
            select {Columns} from ledger.key k join ledger.transaction t on t.id = k.transaction_id {Entries}
            where  k.key = @key order by p.place
            """,
            statement => statement.With("key", key), cancellationToken));

    /// <summary>Transactions with one lineage key, the oldest first.</summary>
    /// <param name="search">What is looked for.</param>
    /// <param name="limit">1 to 100.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<IReadOnlyList<LedgerTransaction>> SearchAsync(TransactionSearch search, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(limit, Math.Clamp(limit, 1, PageMax + 1));
        return ReadAsync(
            $"""
            select {Columns}
            from  (select x.* from ledger.transaction x
                   where  x.id > @after
                   and    (cast(@source as bigint) is null or x.source_position = @source)
                   and    (cast(@intent as uuid) is null or x.intent_id = @intent)
                   and    (cast(@call as uuid) is null or x.call_id = @call)
                   and    (cast(@node as text) is null or x.flow_node = @node)
                   and    (cast(@external as text) is null or x.external_event = @external)
                   and    (cast(@reverses as uuid) is null or x.reverses = @reverses)
                   and    (cast(@group as uuid) is null or x.group_id = @group)
                   and    (cast(@owner as uuid) is null
                           or exists (select from ledger.account o where o.owner_id = @owner and o.id = any (x.accounts)))
                   order  by x.id limit @limit) t
            {Entries}
            order  by t.id, p.place
            """,
            statement => statement.With("after", search.After?.Value ?? Guid.Empty).With("source", search.SourcePosition)
                .With("intent", search.Lineage.Intent).With("call", search.Lineage.Call).With("node", search.Lineage.FlowNode)
                .With("external", search.Lineage.ExternalEvent).With("reverses", search.Reverses?.Value).With("group", search.Group)
                .With("owner", search.Owner).With("limit", limit),
            cancellationToken);
    }

    private async Task<IReadOnlyList<LedgerTransaction>> ReadAsync(
        string sql, Action<Statement> bind, CancellationToken cancellationToken)
    {
        IReadOnlyList<(LedgerTransaction Head, TransactionEntry Entry)> rows = await database.ReadAsync(
            sql, bind, reader => (ReadHead(reader), ReadEntry(reader)), cancellationToken);
        return [.. rows.GroupBy(row => row.Head.Id).Select(group =>
            group.First().Head with { Entries = [.. group.Select(row => row.Entry)] })];
    }

    private static LedgerTransaction ReadHead(NpgsqlDataReader reader) => new(
        new LedgerTransactionId(reader.Uuid("id")), reader.Text("idempotency_key"), reader.Text("kind"), reader.Text("context"),
        reader.LongOrNull("source_position"), reader.Time("effective_at"), reader.Time("recorded_at"),
        new PostingLineage(
            reader.TextOrNull("actor"), reader.TextOrNull("flow_node"), reader.UuidOrNull("intent_id"), reader.UuidOrNull("call_id"),
            reader.TextOrNull("external_event")),
        reader.UuidOrNull("reverses") is { } reverses ? new LedgerTransactionId(reverses) : null, reader.UuidOrNull("group_id"),
        reader.Text("sha256"), Entries: []);

    private static TransactionEntry ReadEntry(NpgsqlDataReader reader)
    {
        var policy = reader.State<AccountPolicy>("policy");
        int balance = reader.GetOrdinal("balance_after");
        return new TransactionEntry(
            new LedgerAccountId(reader.Long("account_id")),
            new AccountSpec(
                reader.Text("code"), reader.State<AccountKind>("account_kind"), reader.Text("asset"), reader.UuidOrNull("owner_id"),
                policy),
            reader.State<EntrySide>("side"), reader.Amount("amount"), policy == AccountPolicy.Strict ? reader.Long("version") : null,
            reader.IsDBNull(balance) ? null : new SignedAmount(reader.GetFieldValue<BigInteger>(balance)));
    }

    private static LedgerTransaction? Only(IReadOnlyList<LedgerTransaction> found) => found.Count == 0 ? null : found[0];
}

/// <summary>What transactions are looked for by; nothing of a property does not narrow.</summary>
/// <param name="Lineage">Intent, call, node, external event.</param>
/// <param name="SourcePosition">The fact that caused them.</param>
/// <param name="Reverses">Reversals of this one.</param>
/// <param name="Group">Members of a group.</param>
/// <param name="After">Where the page begins.</param>
/// <param name="Owner">Only those that moved an account of this owner.</param>
internal sealed record TransactionSearch(
    PostingLineage Lineage, long? SourcePosition = null, LedgerTransactionId? Reverses = null, Guid? Group = null,
    LedgerTransactionId? After = null, Guid? Owner = null);
