using ChainExec.Ledger;
using Npgsql;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>What the database refuses, whoever asks.</summary>
public sealed class LedgerGuardTests(Books books) : IClassFixture<Books>
{
    private readonly Guid _owner = NewId();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Writes()
    {
        var writes = new TheoryData<string>();
        foreach ((string table, string column) in (ReadOnlySpan<(string, string)>)
            [("account", "held"), ("transaction", "kind"), ("entry", "amount"), ("hold", "state"), ("hold_history", "reason")])
        {
            writes.Add($"insert into ledger.{table} default values");
            writes.Add($"update ledger.{table} set {column} = {column}");
            writes.Add($"delete from ledger.{table}");
            writes.Add($"truncate ledger.{table} cascade");
        }

        return writes;
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Service_role_writes_no_table_directly(string sql) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await SqlStateAsync(() => books.SqlAsync(sql, Token)));

    [Theory]
    [InlineData("update ledger.entry set amount = amount")]
    [InlineData("delete from ledger.entry")]
    [InlineData("truncate ledger.entry")]
    [InlineData("update ledger.transaction set kind = kind")]
    [InlineData("delete from ledger.transaction")]
    [InlineData("truncate ledger.transaction cascade")]
    [InlineData("update ledger.hold_history set reason = reason")]
    [InlineData("delete from ledger.hold_history")]
    [InlineData("truncate ledger.hold_history")]
    [InlineData("update ledger.account set asset = asset")]
    [InlineData("update ledger.account set owner_id = null")]
    [InlineData("delete from ledger.account")]
    [InlineData("update ledger.hold set amount = amount")]
    [InlineData("delete from ledger.hold")]
    public async Task Owners_hand_changes_no_history_either(string sql)
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 10, held: 5, Token);
        await books.PostAsync(Payout(_owner, 2) with { HoldUse = new HoldUse(hold, Units(2)) }, Token);

        Assert.Equal(PostgresErrorCodes.RestrictViolation, await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Reader_role_posts_nothing()
    {
        const string sql = "select ledger.release_hold('00000000-0000-7000-8000-000000000000', 'x')";

        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege, await SqlStateAsync(() => SqlAsync(books.Postgres.ReadConnectionString, sql, Token)));
    }

    [Theory]
    [InlineData("ledger.spend_hold(null, null, null, null, null, null, null)")]
    [InlineData("ledger.check_lines(null, null, null)")]
    public async Task Inner_functions_are_closed_to_the_service(string call) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await SqlStateAsync(() => books.SqlAsync($"select {call}", Token)));

    [Fact]
    public async Task Rows_that_do_not_balance_are_refused_at_commit_whoever_wrote_them()
    {
        (long wallet, long customer) = await AccountsAsync();

        string sql = Rows(NewId(), entryCount: 2, [(wallet, 900001, 1, "debit", "5"), (customer, 900001, 2, "credit", "4")]);

        Assert.Equal("CE002", await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Transaction_without_its_entries_is_refused_at_commit() =>
        Assert.Equal("CE002", await SqlStateAsync(() => books.OwnerSqlAsync(Rows(NewId(), entryCount: 2, []), Token)));

    [Fact]
    public async Task Entries_cannot_be_added_to_a_committed_transaction()
    {
        (long wallet, long customer) = await AccountsAsync();
        PostResult posted = await books.PostAsync(Deposit(_owner, 10), Token);
        string sql = Entries(posted.TransactionId.Value, [(wallet, 900001, 3, "debit", "5"), (customer, 900001, 4, "credit", "5")]);

        Assert.Equal("CE002", await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Fraction_is_refused_and_not_rounded_whoever_wrote_it()
    {
        (long wallet, long customer) = await AccountsAsync();
        string sql = Rows(NewId(), entryCount: 2, [(wallet, 900001, 1, "debit", "1.5"), (customer, 900001, 2, "credit", "1.5")]);

        Assert.Equal(PostgresErrorCodes.CheckViolation, await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Entry_of_another_asset_than_its_account_is_refused()
    {
        (long wallet, _) = await AccountsAsync();
        string sql = Rows(NewId(), entryCount: 2, [(wallet, 900001, 1, "debit", "1"), (wallet, 900002, 2, "credit", "1")], asset: "eur");

        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Search_path_of_the_session_deceives_no_function()
    {
        await books.PostAsync(Deposit(_owner, 10), Token);
        // A schema that answers every question wrongly, in front of everything. Open to all: the functions' owner would not see it else.
        await SqlAsync(
            books.Postgres.OwnerConnectionString,
            """
            create schema if not exists evil;
            grant create on schema evil to ce_app;
            grant usage on schema evil to public;
            set local role ce_app;
            create or replace function evil.always(numeric, numeric) returns boolean language sql as 'select true';
            create or replace function evil.never(numeric, numeric) returns boolean language sql as 'select false';
            create or replace function evil.cardinality(anyarray) returns integer language sql as 'select 2';
            create or replace function evil.trunc(numeric) returns numeric language sql as 'select $1';
            create or replace function evil.sha256(bytea) returns bytea language sql as 'select null::bytea';
            create operator evil.>= (leftarg = numeric, rightarg = numeric, function = evil.always);
            create operator evil.< (leftarg = numeric, rightarg = numeric, function = evil.never);
            create operator evil.<> (leftarg = numeric, rightarg = numeric, function = evil.never);
            """,
            Token);
        string hold = $"""
            create temp table account (like ledger.account) on commit drop;
            create temp table hold (like ledger.hold) on commit drop;
            set local search_path = evil, pg_temp, ledger, pg_catalog;
            select outcome from ledger.place_hold('{NewId()}', '{Book.Customer(_owner, "usd").Code}', 11, 'intent:{_owner}')
            """;
        string post = $$"""
            create temp table transaction (like ledger.transaction) on commit drop;
            create temp table entry (like ledger.entry) on commit drop;
            set local search_path = evil, pg_temp, ledger, pg_catalog;
            select ledger.post('{{NewId()}}', '{{NewId()}}', 'test', '{}', now(),
              '{ {{Book.Customer(_owner, "usd").Code}},{{Book.Customer(_owner, "usd").Code}} }', '{debit,credit}', '{1,2}')
            """;

        Assert.Equal("insufficient_funds", await books.SqlAsync(hold, Token));
        Assert.Equal("CE002", await SqlStateAsync(() => books.SqlAsync(post, Token)));
    }

    [Fact]
    public async Task Every_function_fixes_its_search_path()
    {
        const string sql = """
            select coalesce(string_agg(p.proname, ', '), '')
            from   pg_proc p
            where  p.pronamespace = 'ledger'::regnamespace
            and    not coalesce('search_path=pg_catalog, pg_temp' = any (p.proconfig), false)
            """;

        Assert.Equal("", await books.SqlAsync(sql, Token));
    }

    private async Task<(long Wallet, long Customer)> AccountsAsync()
    {
        await books.PostAsync(Deposit(_owner, 10), Token);
        return ((await books.AccountAsync(Book.Wallet("w1", "usd", owner: null), Token)).Id.Value,
            (await books.AccountAsync(Book.Customer(_owner, "usd"), Token)).Id.Value);
    }

    private static string Rows(
        Guid id, int entryCount, (long Account, int Version, int Ordinal, string Side, string Amount)[] entries, string asset = "usd") =>
        $$"""
        insert into ledger.transaction (id, idempotency_key, fingerprint, kind, context, entry_count, effective_at, recorded_at)
        values ('{{id}}', '{{id}}', sha256('x'), 'test', '{}', {{entryCount}}, now(), now());
        {{(entries.Length == 0 ? "" : Entries(id, entries, asset))}}
        """;

    private static string Entries(
        Guid id, (long Account, int Version, int Ordinal, string Side, string Amount)[] entries, string asset = "usd") =>
        "insert into ledger.entry (account_id, version, transaction_id, ordinal, side, amount, asset, balance_after) values "
        + string.Join(", ", entries.Select(entry =>
            $"({entry.Account}, {entry.Version}, '{id}', {entry.Ordinal}, '{entry.Side}', {entry.Amount}, '{asset}', 0)"));
}
