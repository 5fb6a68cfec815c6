using System.Numerics;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Ledger;

/// <summary>Reads of the books on connections of their own. Each is one statement, so that what it shows was true at one moment.</summary>
internal sealed class LedgerQueries(Database database)
{
    internal const string HoldColumns = """
        id, account_id, account_code, asset, owner_id, amount, posted_amount, remaining, bound_to, state, created_at, resolved_at,
        expires_at, to_account, group_id
        """;

    private const int PageMax = 1000;
    private const string AccountColumns = """
        id, code, kind, asset, owner_id, posted_debit, posted_credit, balance, held, available, version, opened_at, policy,
        debits_must_not_exceed_credits, credits_must_not_exceed_debits, overdraft, closed, tags
        """;

    /// <summary>
    /// Every account's debits, credits and balance by asset and code, or those of one owner. Over the whole book debits equal credits in
    /// each asset.
    /// </summary>
    /// <param name="owner">Whose accounts; nothing for the whole book.</param>
    /// <param name="limit">1 to 100,000 rows; a longer balance throws instead of being shown by halves.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="InvalidOperationException">There are more accounts than the limit.</exception>
    public async Task<IReadOnlyList<TrialBalanceRow>> TrialBalanceAsync(Guid? owner, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(limit, Math.Clamp(limit, 1, 100_000));
        const string sql = """
            select account_id, code, kind, asset, owner_id, debits, credits, balance
            from   ledger.v_trial_balance
            where  cast(@owner as uuid) is null or owner_id = @owner
            order  by asset, code
            limit  @limit
            """;
        IReadOnlyList<TrialBalanceRow> rows = await database.ReadAsync(
            sql,
            statement => statement.With("owner", owner).With("limit", limit + 1),
            reader => new TrialBalanceRow(
                new LedgerAccountId(reader.Long("account_id")), reader.Text("code"), reader.State<AccountKind>("kind"),
                reader.Text("asset"), reader.UuidOrNull("owner_id"), reader.Signed("debits"), reader.Signed("credits"),
                reader.Signed("balance")),
            cancellationToken);
        return rows.Count <= limit
            ? rows
            : throw new InvalidOperationException($"The trial balance has more than {limit} accounts; part of it would prove nothing.");
    }

    /// <summary>Accounts in the order in which they were opened, or those of one owner.</summary>
    /// <param name="owner">Whose accounts; nothing for all.</param>
    /// <param name="after">The last account of the page before; nothing for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<IReadOnlyList<LedgerAccount>> AccountsAsync(
        Guid? owner, LedgerAccountId? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(limit, Math.Clamp(limit, 1, PageMax));
        const string sql = $"""
            select {AccountColumns}
            from   ledger.v_account
            where  id > @after and (cast(@owner as uuid) is null or owner_id = @owner)
            order  by id
            limit  @limit
            """;
        return database.ReadAsync(
            sql,
            statement => statement.With("owner", owner).With("after", after?.Value ?? 0).With("limit", limit),
            ReadAccount,
            cancellationToken);
    }

    public async Task<LedgerAccount?> FindAccountAsync(LedgerAccountId id, CancellationToken cancellationToken) =>
        FirstOrNothing(await database.ReadAsync(
            $"select {AccountColumns} from ledger.v_account where id = @id", statement => statement.With("id", id.Value), ReadAccount,
            cancellationToken));

    public async Task<LedgerAccount?> FindAccountAsync(string code, CancellationToken cancellationToken) =>
        FirstOrNothing(await database.ReadAsync(
            $"select {AccountColumns} from ledger.v_account where code = @code", statement => statement.With("code", code), ReadAccount,
            cancellationToken));

    /// <summary>An account's entries, newest first.</summary>
    /// <param name="account">The account; one that does not exist has none.</param>
    /// <param name="before">Where the page begins, from the page before; nothing for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async Task<EntryPage> EntriesAsync(LedgerAccountId account, long? before, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(limit, Math.Clamp(limit, 1, PageMax));
        const string sql = """
            select account_id, version, transaction_id, side, amount, asset, balance_after, transaction_kind, context, source_position,
                   effective_at, recorded_at
            from   ledger.v_entry
            where  account_id = @account and version < @before
            order  by version desc
            limit  @limit
            """;
        IReadOnlyList<LedgerEntry> entries = await database.ReadAsync(
            sql,
            statement => statement.With("account", account.Value).With("before", before ?? long.MaxValue).With("limit", limit),
            reader => new LedgerEntry(
                new LedgerAccountId(reader.Long("account_id")), reader.Long("version"),
                new LedgerTransactionId(reader.Uuid("transaction_id")), reader.State<EntrySide>("side"), reader.Amount("amount"),
                reader.Text("asset"), reader.Signed("balance_after"),
                reader.Text("transaction_kind"), reader.Text("context"), reader.LongOrNull("source_position"), reader.Time("effective_at"),
                reader.Time("recorded_at")),
            cancellationToken);
        // Versions have no gap and start at 1: whether more follow needs no second look.
        return new EntryPage(entries, entries.Count > 0 && entries[^1].Version > 1 ? entries[^1].Version : null);
    }

    public async Task<Hold?> FindHoldAsync(HoldId id, CancellationToken cancellationToken) =>
        FirstOrNothing(await database.ReadAsync(
            $"select {HoldColumns} from ledger.v_hold where id = @id", statement => statement.With("id", id), ReadHold, cancellationToken));

    /// <summary>Accounts whose counters disagree with their entries and open holds, at most 1,000; none, or the books are broken.</summary>
    public Task<IReadOnlyList<ProofFinding>> DisagreementsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"""
            select account_id, code, asset, balance, entry_balance
            from   ledger.v_account_proof
            where  agrees is not true
            order  by account_id
            limit  {PageMax}
            """,
            static _ => { },
            reader => new ProofFinding(
                new LedgerAccountId(reader.Long("account_id")), reader.Text("code"), reader.Text("asset"), reader.Signed("balance"),
                reader.Signed("entry_balance")),
            cancellationToken);

    internal static Hold ReadHold(NpgsqlDataReader reader) => new(
        new HoldId(reader.Uuid("id")), new LedgerAccountId(reader.Long("account_id")), reader.Text("account_code"), reader.Text("asset"),
        reader.UuidOrNull("owner_id"), reader.Amount("amount"), reader.Amount("posted_amount"), reader.Amount("remaining"),
        reader.TextOrNull("bound_to"), reader.State<HoldState>("state"), reader.Time("created_at"), reader.TimeOrNull("resolved_at"),
        reader.TimeOrNull("expires_at"), reader.TextOrNull("to_account"), reader.UuidOrNull("group_id"));

    private static LedgerAccount ReadAccount(NpgsqlDataReader reader) => new(
        new LedgerAccountId(reader.Long("id")), reader.Text("code"), reader.State<AccountKind>("kind"), reader.Text("asset"),
        reader.UuidOrNull("owner_id"), reader.Signed("posted_debit"), reader.Signed("posted_credit"), reader.Signed("balance"),
        reader.Signed("held"), reader.Signed("available"), reader.Long("version"), reader.Time("opened_at"),
        reader.State<AccountPolicy>("policy"), reader.Bool("debits_must_not_exceed_credits"), reader.Bool("credits_must_not_exceed_debits"),
        reader.Signed("overdraft"), reader.Bool("closed"), reader.GetFieldValue<string[]>(reader.GetOrdinal("tags")));

    private static T? FirstOrNothing<T>(IReadOnlyList<T> rows)
        where T : class => rows.Count == 0 ? null : rows[0];
}

/// <summary>Columns that hold sums.</summary>
internal static class SignedAmountReader
{
    public static SignedAmount Signed(this NpgsqlDataReader reader, string column) =>
        new(reader.GetFieldValue<BigInteger>(reader.GetOrdinal(column)));
}
