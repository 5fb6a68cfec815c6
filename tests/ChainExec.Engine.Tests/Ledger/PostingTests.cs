using ChainExec.Ledger;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

public sealed class PostingTests(Books books) : IClassFixture<Books>
{
    private readonly Guid _owner = NewId();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Posting_moves_each_account_on_its_normal_side()
    {
        AccountSpec wallet = Book.Wallet($"w{_owner:n}", "usd", _owner);
        AccountSpec customer = Book.Customer(_owner, "usd");

        await books.PostAsync(Posting(PostingLine.Debit(wallet, Units(700)), PostingLine.Credit(customer, Units(700))), Token);
        await books.PostAsync(Posting(PostingLine.Debit(customer, Units(200)), PostingLine.Credit(wallet, Units(200))), Token);

        Assert.Equal(
            [500, 500],
            [(await books.AccountAsync(wallet, Token)).Balance.BaseUnits, (await books.AccountAsync(customer, Token)).Balance.BaseUnits]);
    }

    [Fact]
    public async Task Money_that_is_held_is_spent_by_its_hold_or_by_what_happened_already_and_by_nothing_else()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 1000, held: 900, Token);

        Assert.Equal(LedgerCode.InsufficientFunds, await RefusalAsync(() => books.PostAsync(Payout(_owner, 101), Token)));
        await books.PostAsync(Payout(_owner, 100), Token);
        Assert.Equal(
            LedgerCode.InsufficientFunds,
            await RefusalAsync(() => books.PostAsync(Payout(_owner, 101) with { HoldUse = new HoldUse(hold, Units(100)) }, Token)));
        await books.PostAsync(Payout(_owner, 100) with { HoldUse = new HoldUse(hold, Units(100)) }, Token);
        await books.PostAsync(Payout(_owner, 50) with { IsObserved = true }, Token);
    }

    [Fact]
    public async Task Hold_of_an_account_that_was_closed_since_is_spent()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        await books.OnceAsync(
            async session =>
            {
                var change = new AccountChange(Book.Customer(_owner, "usd").Code, "test", "test") { Closed = true };
                await books.Store.ChangeAccountAsync(session, change, Token);
                return true;
            },
            Token);

        await books.PostAsync(Payout(_owner, 60) with { HoldUse = new HoldUse(hold, Units(60)) }, Token);

        Assert.Equal(LedgerCode.AccountClosed, await RefusalAsync(() => books.PostAsync(Payout(_owner, 1), Token)));
    }

    [Fact]
    public async Task Reversals_of_one_posting_in_one_call_move_back_no_more_than_it_moved()
    {
        Posting deposit = Deposit(_owner, 100);
        await books.PostAsync(deposit, Token);
        Posting[] back = [.. new long[] { 70, 40, 30 }.Select(part => Payout(_owner, part) with { Reverses = deposit.Id })];

        IReadOnlyList<PostingOutcome> outcomes =
            await books.OnceAsync(session => books.Store.PostInTransactionAsync(session, back, freeze: true, Token), Token);

        Assert.Equal([LedgerCode.Posted, LedgerCode.ReversalExceeds, LedgerCode.Posted], outcomes.Select(one => one.Code));
    }

    [Fact]
    public async Task Same_posting_twice_in_one_call_is_one_and_is_answered_twice()
    {
        Posting deposit = Deposit(_owner, 100);

        IReadOnlyList<PostingOutcome> outcomes = await books.OnceAsync(
            session => books.Store.PostInTransactionAsync(
                session, [deposit, deposit with { Id = new LedgerTransactionId(NewId()) }, deposit with { Kind = "test.other" }],
                freeze: true, Token),
            Token);

        Assert.Equal(
            [(LedgerCode.Posted, false), (LedgerCode.Posted, true), (LedgerCode.KeyReused, false)],
            outcomes.Select(one => (one.Code, one.IsReplay)));
        Assert.Equal(
            (outcomes[0].Transaction, outcomes[0].Lines[1]), (outcomes[1].Transaction, outcomes[1].Lines[1]));
        Assert.Equal(100, (await books.AccountAsync(Book.Customer(_owner, "usd"), Token)).Balance.BaseUnits);
    }

    [Fact]
    public async Task Debits_that_differ_from_credits_are_refused()
    {
        Posting posting = Posting(
            PostingLine.Debit(Book.Suspense("usd"), Units(10)), PostingLine.Credit(Book.Customer(_owner, "usd"), Units(9)));

        Assert.Equal(LedgerCode.Unbalanced, await RefusalAsync(() => books.PostAsync(posting, Token)));
    }

    [Fact]
    public async Task Two_assets_do_not_balance_each_other()
    {
        Posting posting = Posting(
            PostingLine.Debit(Book.Suspense("eur"), Units(10)), PostingLine.Credit(Book.Customer(_owner, "usd"), Units(10)));

        Assert.Equal(LedgerCode.Unbalanced, await RefusalAsync(() => books.PostAsync(posting, Token)));
    }

    [Fact]
    public async Task Two_assets_that_balance_each_for_itself_are_posted()
    {
        PostResult result = await books.PostAsync(
            Posting(
                PostingLine.Debit(Book.Wallet("w1", "usd", owner: null), Units(10)),
                PostingLine.Credit(Book.Customer(_owner, "usd"), Units(10)),
                PostingLine.Debit(Book.GasExpense("eth"), Units(3)),
                PostingLine.Credit(Book.Wallet("w1", "eth", owner: null), Units(3))),
            Token);

        Assert.False(result.AlreadyPosted);
    }

    [Fact]
    public async Task Single_entry_is_refused()
    {
        Posting posting = Posting(PostingLine.Debit(Book.Customer(_owner, "usd"), Units(10)));

        Assert.Equal(LedgerCode.Malformed, await RefusalAsync(() => books.PostAsync(posting, Token)));
    }

    [Fact]
    public async Task More_entries_than_the_bound_are_refused()
    {
        PostingLine[] lines = [.. Enumerable.Range(0, 102).Select(n =>
            new PostingLine(Book.Suspense("usd"), n % 2 == 0 ? EntrySide.Debit : EntrySide.Credit, Units(1)))];

        Assert.Equal(LedgerCode.Malformed, await RefusalAsync(() => books.PostAsync(Posting(lines), Token)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("0.9999999999999999999999")]
    [InlineData("115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("NULL")]
    public async Task Amount_that_is_no_amount_is_refused(string amount)
    {
        string code = Book.Suspense("usd").Code;

        Assert.Equal("malformed", await books.SqlAsync(RawPosting(code, "suspense", amount, amount), Token));
    }

    [Fact]
    public async Task Largest_amount_is_posted_and_added_up()
    {
        var most = new TokenAmount(TokenAmount.MaxValue);
        AccountSpec customer = Book.Customer(_owner, "big");

        for (int n = 0; n < 3; n++)
            await books.PostAsync(Posting(PostingLine.Debit(Book.Suspense("big"), most), PostingLine.Credit(customer, most)), Token);

        Assert.Equal(3 * TokenAmount.MaxValue, (await books.AccountAsync(customer, Token)).Balance.BaseUnits);
    }

    [Fact]
    public async Task Same_key_again_answers_with_the_first_transaction()
    {
        Posting first = Deposit(_owner, 50);
        await books.PostAsync(first, Token);

        PostResult again = await books.PostAsync(first with { Id = new LedgerTransactionId(NewId()), Context = """{"try":2}""" }, Token);

        Assert.Equal(new PostResult(first.Id, AlreadyPosted: true), again);
    }

    [Fact]
    public async Task Same_key_again_moves_nothing()
    {
        Posting posting = Deposit(_owner, 50);

        for (int n = 0; n < 3; n++)
            await books.PostAsync(posting, Token);

        Assert.Equal(50, (await books.AccountAsync(Book.Customer(_owner, "usd"), Token)).Balance.BaseUnits);
    }

    [Fact]
    public async Task Same_key_with_other_content_is_refused()
    {
        Posting first = Deposit(_owner, 50);
        await books.PostAsync(first, Token);
        Posting[] others =
        [
            Deposit(_owner, 51) with { Key = first.Key },
            Payout(_owner, 50) with { Key = first.Key },
            Deposit(NewId(), 50) with { Key = first.Key },
            first with { Kind = "test.other" },
            first with { EffectiveAt = Noon.AddSeconds(1) },
            first with { Lines = [first.Lines[1], first.Lines[0]] },
        ];

        foreach (Posting other in others)
            Assert.Equal(LedgerCode.KeyReused, await RefusalAsync(() => books.PostAsync(other, Token)));
    }

    [Fact]
    public async Task Same_key_in_parallel_is_posted_once()
    {
        Posting posting = Deposit(_owner, 50);

        PostResult[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(n =>
            books.PostAsync(posting with { Id = new LedgerTransactionId(NewId()) }, Token)));

        Assert.Single(results, result => !result.AlreadyPosted);
        Assert.Single(results.Select(result => result.TransactionId).Distinct());
    }

    [Fact]
    public async Task Refused_posting_leaves_nothing_behind()
    {
        Posting refused = Posting(
            PostingLine.Debit(Book.Suspense("usd"), Units(10)), PostingLine.Credit(Book.Customer(_owner, "usd"), Units(9)));
        await RefusalAsync(() => books.PostAsync(refused, Token));

        Assert.Equal(0L, await books.SqlAsync($"select count(*) from ledger.transaction where idempotency_key = '{refused.Key}'", Token));
        Assert.Null(await books.Queries.FindAccountAsync(Book.Customer(_owner, "usd").Code, Token));
    }

    [Fact]
    public async Task Account_of_another_owner_is_refused()
    {
        await books.PostAsync(Deposit(_owner, 50), Token);
        AccountSpec stolen = Book.Customer(_owner, "usd") with { Owner = NewId() };
        Posting posting = Posting(PostingLine.Debit(stolen, Units(1)), PostingLine.Credit(Book.Suspense("usd"), Units(1)));

        Assert.Equal(LedgerCode.AccountOfAnotherMeaning, await RefusalAsync(() => books.PostAsync(posting, Token)));
    }

    [Fact]
    public async Task Observed_movement_is_booked_even_when_it_overdraws()
    {
        await books.PostAsync(Deposit(_owner, 50), Token);

        await books.PostAsync(Payout(_owner, 80), Token);

        Assert.Equal(-30, (await books.AccountAsync(Book.Customer(_owner, "usd"), Token)).Balance.BaseUnits);
    }

    [Fact]
    public async Task Account_named_twice_in_a_posting_has_two_entries_with_running_balances()
    {
        AccountSpec customer = Book.Customer(_owner, "usd");
        await books.PostAsync(
            Posting(
                PostingLine.Credit(customer, Units(100)),
                PostingLine.Debit(customer, Units(30)),
                PostingLine.Debit(Book.Wallet("w1", "usd", owner: null), Units(70))),
            Token);

        EntryPage page = await books.Queries.EntriesAsync((await books.AccountAsync(customer, Token)).Id, before: null, 10, Token);

        Assert.Equal([(2L, 70), (1L, 100)], page.Entries.Select(entry => (entry.Version, (int)entry.BalanceAfter.BaseUnits)));
    }

    [Fact]
    public async Task Pages_of_entries_follow_each_other_without_gap_or_overlap()
    {
        AccountSpec customer = Book.Customer(_owner, "usd");
        for (int n = 1; n <= 7; n++)
            await books.PostAsync(Deposit(_owner, n), Token);
        LedgerAccountId account = (await books.AccountAsync(customer, Token)).Id;

        var seen = new List<long>();
        long? before = null;
        do
        {
            EntryPage page = await books.Queries.EntriesAsync(account, before, 3, Token);
            seen.AddRange(page.Entries.Select(entry => entry.Version));
            before = page.Before;
        }
        while (before is not null);

        Assert.Equal([7, 6, 5, 4, 3, 2, 1], seen);
    }

    [Fact]
    public async Task Entry_carries_what_its_transaction_says()
    {
        Posting posting = Deposit(_owner, 5) with
        {
            Context = """{"intent": "int_1"}""",
            SourcePosition = 42,
            EffectiveAt = Noon.AddHours(1),
        };
        await books.PostAsync(posting, Token);

        LedgerAccountId account = (await books.AccountAsync(Book.Customer(_owner, "usd"), Token)).Id;
        LedgerEntry entry = (await books.Queries.EntriesAsync(account, before: null, 1, Token)).Entries[0];

        Assert.Equal(
            (posting.Id, "test.posting", posting.Context, 42L, Noon.AddHours(1)),
            (entry.Transaction, entry.Kind, entry.Context, entry.SourcePosition, entry.EffectiveAt));
    }

    [Fact]
    public async Task Trial_balance_of_an_owner_shows_that_owners_accounts_only()
    {
        await books.PostAsync(Deposit(_owner, 50), Token);
        await books.PostAsync(Deposit(NewId(), 60), Token);

        IReadOnlyList<TrialBalanceRow> rows = await books.Queries.TrialBalanceAsync(_owner, 100, Token);

        Assert.Equal([Book.Customer(_owner, "usd").Code], rows.Select(row => row.Code));
    }

    [Fact]
    public async Task Trial_balance_that_does_not_fit_is_not_shown_by_halves()
    {
        await books.PostAsync(Deposit(_owner, 50), Token);

        await Assert.ThrowsAsync<InvalidOperationException>(() => books.Queries.TrialBalanceAsync(owner: null, 1, Token));
    }

    [Fact]
    public async Task Accounts_are_found_by_their_public_id()
    {
        await books.PostAsync(Deposit(_owner, 50), Token);
        LedgerAccount listed = Assert.Single(await books.Queries.AccountsAsync(_owner, after: null, 10, Token));

        Assert.True(LedgerAccountId.TryParse(listed.Id.ToString(), out LedgerAccountId id));
        Assert.Equal(listed, await books.Queries.FindAccountAsync(id, Token));
    }
}
