using ChainExec.Ledger;
using Npgsql;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>
/// Defects put into the posting function on purpose, each of a kind that lost money elsewhere: the campaign, the constraints or the
/// verification must see every one of them, or they prove nothing.
/// </summary>
public sealed class PlantedFaultTests
{
    private const string Lock = """
        select count(*) into locked
            from  (select from ledger.account c where c.code = any (p_codes) and c.policy = 'strict' order by c.id for no key update) held;
        """;

    private const string CountOnly = """
        select count(*) into locked from ledger.account c where c.code = any (p_codes) and c.policy = 'strict';
        """;

    private const string Read = "left   join ledger.account c on c.code = s.code\n           order  by s.n) x;";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Campaign_is_clean_without_a_plant() => Assert.Null(await CampaignAsync());

    [Fact]
    public async Task Flipped_sign_in_the_running_balance_is_caught() =>
        Assert.NotNull(await CampaignAsync((
            "l_balance[l] := case when a_normal_debit[a] then a_debit[a] - a_credit[a] else",
            "l_balance[l] := case when not a_normal_debit[a] then a_debit[a] - a_credit[a] else")));

    [Fact]
    public async Task Flipped_sign_in_the_limit_is_caught() =>
        Assert.NotNull(await CampaignAsync((
            "then a_debit[a] - a_credit[a] + case when a_normal_debit[a] then 0 else a_held[a] end",
            "then a_credit[a] - a_debit[a] + case when a_normal_debit[a] then 0 else a_held[a] end")));

    [Fact]
    public async Task Missing_lock_is_caught() => Assert.NotNull(await CampaignAsync((Lock, CountOnly)));

    [Fact]
    public async Task Lock_and_check_in_one_statement_are_caught() =>
        Assert.NotNull(await CampaignAsync(
            (Lock, CountOnly),
            (Read, """
                left   join ledger.account c on c.code = s.code
                           cross  join (select count(*) from (select from ledger.account b where b.code = any (p_codes)
                                                              order by b.id for no key update) locks) k
                           order  by s.n) x;
                """)));

    [Fact]
    public async Task Group_that_is_not_taken_back_is_caught() =>
        Assert.NotNull(await CampaignAsync((
            "for k in reverse case when failed is null then i - 1 else i end..start loop",
            "for k in reverse case when failed is null then i - 1 else i end..i loop")));

    [Theory]
    [InlineData("drop trigger entry_is_whole on ledger.entry; drop trigger transaction_is_whole on ledger.transaction", "transaction")]
    [InlineData("update ledger.account set held = 1 where code like 'customer:%'", "account")]
    [InlineData("alter table ledger.hold_history disable trigger user; update ledger.hold_history set amount = 1", "hold")]
    [InlineData("alter table ledger.transaction disable trigger user; update ledger.transaction set kind = 'other'", "transaction")]
    [InlineData("alter table ledger.entry disable trigger user; update ledger.entry set amount = amount + 1", "chain")]
    [InlineData("alter table ledger.entry disable trigger user; delete from ledger.entry where version = 2", "chain")]
    [InlineData("alter table ledger.key disable trigger user; update ledger.key set fingerprint = sha256('x')", "key")]
    [InlineData("alter table ledger.roll disable trigger user; update ledger.roll set debit = debit + 1", "roll_up")]
    [InlineData("alter table ledger.hold disable trigger user; update ledger.hold set amount = 50; " +
        "update ledger.account set held = 30 where held > 0", "hold")]
    [InlineData("alter table ledger.hold_history disable trigger user; " +
        "update ledger.hold_history set from_state = 'partial' where ordinal = 2", "hold")]
    [InlineData("update ledger.account set debits_must_not_exceed_credits = true where code like 'customer:%'", "account_change")]
    [InlineData("insert into ledger.period_close " +
        "values (gen_random_uuid(), now(), 'x', 'a', now(), 'b', now() - interval '1 day')", "period")]
    [InlineData("alter table ledger.seal disable trigger user; update ledger.seal set number = 3", "seal")]
    [InlineData("delete from facts.pending", "fact")]
    [InlineData("alter table ledger.seal disable trigger user; update ledger.seal set hash = sha256('x')", "seal")]
    public async Task Hand_in_the_database_is_found_by_the_verification(string hand, string check)
    {
        await using var books = new Books();
        await books.InitializeAsync();
        HoldId hold = await books.FundedHoldAsync(NewId(), funds: 100, held: 60, Token);
        await books.PostAsync(Payout(NewId(), 5), Token);
        Hold held = (await books.Queries.FindHoldAsync(hold, Token))!;
        await books.PostAsync(Payout(held.Owner!.Value, 20) with { HoldUse = new HoldUse(hold, Units(20)) }, Token);
        Posting gas = Posting(
            PostingLine.Debit(Book.GasExpense("usd"), Units(1)), PostingLine.Credit(Book.Wallet("w1", "usd", owner: null), Units(1)));
        await books.PostAsync(gas, Token);
        if (check != "fact")
            await books.SettleAsync(Token);
        Assert.Empty(await books.Verifier.VerifyAsync(Token));

        await books.OwnerSqlAsync(hand, Token);
        if (hand.StartsWith("drop", StringComparison.Ordinal))
            await books.OwnerSqlAsync(UnbalancedRows(held.Account.Value), Token);

        Assert.Contains(await books.Verifier.VerifyAsync(Token), finding => finding.Check == check);
    }

    [Fact]
    public async Task Transaction_that_is_gone_without_a_trace_is_found_by_the_verification()
    {
        await using var books = new Books();
        await books.InitializeAsync();
        var owner = NewId();
        await books.PostAsync(Deposit(owner, 1000), Token);
        string id = (await books.PostAsync(Deposit(owner, 300), Token)).TransactionId.Value.ToString();
        await books.SettleAsync(Token);

        await books.OwnerSqlAsync(
            $"""
            alter table ledger.entry disable trigger user; alter table ledger.transaction disable trigger user;
            alter table ledger.key disable trigger user;
            delete from ledger.entry where transaction_id = '{id}'; delete from ledger.key where transaction_id = '{id}';
            delete from ledger.transaction where id = '{id}';
            update ledger.account set version = 1, posted_debit = least(posted_debit, 1000), posted_credit = least(posted_credit, 1000)
            """,
            Token);

        // The chain of the seals does not lead there without it either.
        IReadOnlyList<VerificationFinding> findings = await books.Verifier.VerifyAsync(Token);
        Assert.Equal(["fact", "seal"], findings.Select(finding => finding.Check));
        Assert.Equal(id, findings[0].Subject);
    }

    [Fact]
    public async Task Second_fact_of_a_transaction_is_found_by_the_verification()
    {
        await using var books = new Books();
        await books.InitializeAsync();
        await books.PostAsync(Deposit(NewId(), 10), Token);

        await books.OwnerSqlAsync(
            "insert into facts.pending (type, key, payload) select type, key, payload from facts.v_pending", Token);

        Assert.Equal("fact", Assert.Single(await books.Verifier.VerifyAsync(Token)).Check);
    }

    [Fact]
    public async Task Checkpoint_kept_elsewhere_tells_that_the_past_was_rewritten()
    {
        await using var books = new Books();
        await books.InitializeAsync();
        await books.PostAsync(Deposit(NewId(), 10), Token);
        await books.SettleAsync(Token);
        var kept = new LedgerCheckpoint(
            1, (long)(await books.SqlAsync("select last_position from ledger.v_seal", Token))!,
            (string)(await books.SqlAsync("select encode(hash, 'hex') from ledger.v_seal", Token))!);
        Assert.Null(await books.Verifier.CompareAsync(kept, Token));

        // Everything rewritten consistently: transaction, fact and seal.
        await books.OwnerSqlAsync(
            "alter table ledger.seal disable trigger user; update ledger.seal set hash = sha256('a past that never was')", Token);

        Assert.Equal("checkpoint", (await books.Verifier.CompareAsync(kept, Token))?.Check);
    }

    private static async Task<string?> CampaignAsync(params (string Of, string By)[] plants)
    {
        await using var books = new Books();
        await books.InitializeAsync();
        foreach ((string of, string by) in plants)
            await PlantAsync(books, of, by);
        try
        {
            string? difference = await OracleReplay.RunAsync(books, seed: 7, writers: 6, each: 30);
            if (difference is not null)
                return difference;
            IReadOnlyList<VerificationFinding> findings = await books.Verifier.VerifyAsync(Token);
            return findings.Count == 0 ? null : findings[0].Detail;
        }
        catch (Exception exception) when (exception is PostgresException or LedgerRefusedException)
        {
            // A constraint stood in the way: caught too.
            return exception.Message;
        }
    }

    private static async Task PlantAsync(Books books, string of, string by)
    {
        const string source = "select pg_get_functiondef(oid) from pg_proc where proname = 'post_batch'";
        string function = (string)(await books.OwnerSqlAsync(source, Token))!;
        Assert.Contains(of, function, StringComparison.Ordinal);
        await books.OwnerSqlAsync(function.Replace(of, by, StringComparison.Ordinal), Token);
    }

    private static string UnbalancedRows(long account) => $$"""
        insert into ledger.transaction (id, idempotency_key, fingerprint, kind, context, entry_count, effective_at, recorded_at, accounts,
          versions, content_hash)
        values ('00000000-0000-7000-8000-00000000000f', 'by hand', sha256('x'), 'test', '{}', 2, now(), now(),
          array[{{account}}, {{account}}], array[900001, 900002], sha256('x'));
        insert into ledger.entry (account_id, version, transaction_id, ordinal, side, amount, asset, balance_after)
        values ({{account}}, 900001, '00000000-0000-7000-8000-00000000000f', 1, 'debit', 5, 'usd', 0),
               ({{account}}, 900002, '00000000-0000-7000-8000-00000000000f', 2, 'credit', 4, 'usd', 0)
        """;
}
