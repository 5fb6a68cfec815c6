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
            [
                ("account", "held"), ("transaction", "kind"), ("entry", "amount"), ("hold", "state"), ("hold_history", "reason"),
                ("key", "outcome"), ("roll", "debit"), ("unrolled", "version"), ("account_change", "reason"), ("period_close", "reason"),
                ("entry_0", "amount"), ("entry_7", "amount"),
            ])
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
    [InlineData("truncate ledger.entry_0")]
    [InlineData("truncate ledger.entry_7")]
    [InlineData("update ledger.key set outcome = outcome")]
    [InlineData("delete from ledger.key")]
    [InlineData("truncate ledger.key")]
    [InlineData("truncate ledger.roll")]
    [InlineData("truncate ledger.unrolled")]
    [InlineData("truncate ledger.account_change")]
    [InlineData("truncate ledger.period_close")]
    [InlineData("update ledger.account set policy = policy")]
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
        const string sql = "select ledger.release_hold('00000000-0000-7000-8000-000000000000', null, 'x')";

        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege, await SqlStateAsync(() => SqlAsync(books.Postgres.ReadConnectionString, sql, Token)));
    }

    [Theory]
    [InlineData("ledger.record_hold_use(null, null, null, null, null, null)")]
    [InlineData("ledger.end_holds(null, null, null)")]
    [InlineData("ledger.reversal_problem(null, null, null, null)")]
    [InlineData("ledger.available(null)")]
    public async Task Inner_functions_are_closed_to_the_service(string call) =>
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await SqlStateAsync(() => books.SqlAsync($"select {call}", Token)));

    [Theory]
    [InlineData("ledger.place_hold('00000000-0000-7000-8000-000000000000', 'x', 1, 'intent:1')")]
    [InlineData("ledger.release_hold(id, bound_to, 'x') from ledger.v_hold")]
    [InlineData("ledger.roll_up(1)")]
    [InlineData("ledger.seal_next(1)")]
    [InlineData("ledger.approve_close('00000000-0000-7000-8000-000000000000', 'x')")]
    [InlineData("ledger.version_at(1, now())")]
    public async Task Snapshot_of_before_the_locks_is_judged_from_by_nobody(string call)
    {
        await books.FundedHoldAsync(_owner, funds: 10, held: 5, Token);

        Assert.Equal(
            "CE003", await SqlStateAsync(() => books.SqlAsync($"set transaction isolation level repeatable read; select {call}", Token)));
    }

    [Theory]
    [InlineData("period_gate")]
    [InlineData("roll_gate")]
    [InlineData("seal_gate")]
    public async Task Nobody_locks_the_gates_of_the_books(string gate)
    {
        string sql = $"lock table ledger.{gate} in access share mode";

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await SqlStateAsync(() => books.SqlAsync(sql, Token)));
        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege, await SqlStateAsync(() => SqlAsync(books.Postgres.ReadConnectionString, sql, Token)));
    }

    [Fact]
    public async Task Rows_that_do_not_balance_are_refused_at_commit_whoever_wrote_them()
    {
        (long wallet, long customer) = await AccountsAsync();

        string sql = Rows([(wallet, 900001, 1, "debit", "5"), (customer, 900001, 2, "credit", "4")]);

        Assert.Equal("CE002", await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Rows_that_balance_and_are_whole_are_what_the_guards_let_pass()
    {
        (long wallet, long customer) = await AccountsAsync();

        string sql = Rows([(wallet, 800001, 1, "debit", "5"), (customer, 800001, 2, "credit", "5")]);

        // Taken back at once, for the versions have gaps.
        Assert.Equal(PostgresErrorCodes.DivisionByZero, await SqlStateAsync(() => books.OwnerSqlAsync($"{sql}; select 1/0", Token)));
    }

    [Fact]
    public async Task Transaction_without_its_entries_is_refused()
    {
        const string sql = """
            insert into ledger.transaction (id, idempotency_key, fingerprint, kind, context, entry_count, effective_at, recorded_at,
              accounts, versions, content_hash)
            values (gen_random_uuid(), gen_random_uuid()::text, sha256('x'), 'test', '{}', 2, now(), now(), '{1,2}', '{800001,800001}',
              sha256('x'))
            """;

        Assert.Equal("CE002", await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Entries_that_are_not_what_the_hash_says_are_refused()
    {
        (long wallet, long customer) = await AccountsAsync();

        string sql = Rows([(wallet, 900001, 1, "debit", "5"), (customer, 900001, 2, "credit", "5")], hashed: "'x'");

        Assert.Equal("CE002", await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Entry_written_to_a_partition_directly_is_refused_like_any_other()
    {
        (long wallet, long customer) = await AccountsAsync();
        PostResult posted = await books.PostAsync(Deposit(_owner, 10), Token);
        string partition = (string)(await books.OwnerSqlAsync(
            $"select tableoid::regclass::text from ledger.entry where account_id = {wallet} limit 1", Token))!;
        string sql = Entries(posted.TransactionId.Value, [(wallet, 900001, 3, "debit", "5")]).Replace("ledger.entry", partition);

        Assert.NotEqual(wallet, customer);
        Assert.Equal("CE002", await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

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
        string sql = Rows([(wallet, 900001, 1, "debit", "1.5"), (customer, 900001, 2, "credit", "1.5")]);

        Assert.Equal(PostgresErrorCodes.CheckViolation, await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Fact]
    public async Task Entry_of_another_asset_than_its_account_is_refused()
    {
        (long wallet, _) = await AccountsAsync();
        string sql = Rows([(wallet, 900001, 1, "debit", "1"), (wallet, 900002, 2, "credit", "1")], asset: "eur");

        Assert.Equal("CE002", await SqlStateAsync(() => books.OwnerSqlAsync(sql, Token)));
    }

    [Theory]
    [InlineData("'{1,1}', '{debit,credit}'", "array[[1,1]], '{debit,credit}'")]
    [InlineData("'{debit,credit}'", "'[0:1]={debit,credit}'")]
    public async Task Array_of_another_shape_is_refused_whole(string of, string by)
    {
        string call = RawPosting(Book.Customer(_owner, "usd").Code, "liability", "5", "5").Replace(of, by);

        Assert.Equal("CE003", await SqlStateAsync(() => books.SqlAsync(call, Token)));
    }

    [Fact]
    public async Task Posting_outside_of_read_committed_is_refused_because_it_could_not_see_what_was_closed() =>
        Assert.Equal("CE003", await SqlStateAsync(() => books.SqlAsync(
            $"set transaction isolation level repeatable read; {RawPosting("suspense:usd", "suspense", "1", "1")}", Token)));

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
            {{RawPosting("suspense:usd", "suspense", "1", "2")}}
            """;

        Assert.Equal("insufficient_funds", await books.SqlAsync(hold, Token));
        Assert.Equal("unbalanced", await books.SqlAsync(post, Token));
    }

    [Fact]
    public async Task No_function_waits_for_a_lock_that_every_role_may_take()
    {
        const string sql = """
            select coalesce(string_agg(p.proname, ', '), '')
            from   pg_proc p where p.pronamespace = 'ledger'::regnamespace and p.prosrc like '%pg_advisory%'
            """;

        Assert.Equal("", await books.SqlAsync(sql, Token));
    }

    [Theory]
    [InlineData("Not-a-code!", "Not-a-code!")]
    [InlineData("2026-01-01Z", "4000-01-01Z BC")]
    [InlineData("2026-01-01Z", "294276-01-01Z")]
    public async Task What_no_account_and_no_day_can_be_is_the_items_fault_and_not_the_calls(string of, string by)
    {
        string call = RawPosting(of.Contains('!') ? "Not-a-code!" : "suspense:usd", "suspense", "1", "1").Replace(of, by);

        Assert.Equal("malformed", await books.SqlAsync(call, Token));
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

    // A transaction and its entries in one statement, as the posting function writes them.
    private static string Rows(
        (long Account, int Version, int Ordinal, string Side, string Amount)[] entries, string asset = "usd", string hashed = "lines")
    {
        Guid id = NewId();
        string lines = string.Join(", ", entries.Select(entry =>
            $"({entry.Account}::bigint, {entry.Version}::bigint, {entry.Ordinal}, '{entry.Side}', {entry.Amount}::numeric)"));
        return $$"""
            with line (account_id, version, ordinal, side, amount) as (values {{lines}}),
            body as (
              select count(*)::integer as entries, array_agg(account_id order by ordinal) as accounts,
                     array_agg(version order by ordinal) as versions,
                     string_agg(concat_ws(' ', account_id, version, side, amount, '{{asset}}'), E'\n' order by ordinal) as lines
              from line),
            whole as (
              insert into ledger.transaction (id, idempotency_key, fingerprint, kind, context, entry_count, effective_at, recorded_at,
                accounts, versions, content_hash)
              select '{{id}}', '{{id}}', sha256('x'), 'test', '{}', entries, now(), now(), accounts, versions,
                     ledger.content_hash('{{id}}', '{{id}}', 'test', now(), now(), null, null, null, null, null, null, null, null,
                       {{hashed}}, '{}')
              from body)
            insert into ledger.entry (account_id, version, transaction_id, ordinal, side, amount, asset, balance_after)
            select account_id, version, '{{id}}', ordinal, side, amount, '{{asset}}', 0 from line
            """;
    }

    private static string Entries(Guid id, (long Account, int Version, int Ordinal, string Side, string Amount)[] entries) =>
        "insert into ledger.entry (account_id, version, transaction_id, ordinal, side, amount, asset, balance_after) values "
        + string.Join(", ", entries.Select(entry =>
            $"({entry.Account}, {entry.Version}, '{id}', {entry.Ordinal}, '{entry.Side}', {entry.Amount}, 'usd', 0)"));
}
