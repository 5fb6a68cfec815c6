using ChainExec.Ledger;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

public sealed class PosterTests(Books books) : IClassFixture<Books>
{
    private readonly Guid _owner = NewId();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AccountSpec Customer => Book.Customer(_owner, "usd");

    [Fact]
    public async Task Postings_that_wait_together_are_answered_one_by_one_and_in_order()
    {
        PostingOutcome[] outcomes = await Task.WhenAll(
            Enumerable.Range(1, 300).Select(n => books.Poster.PostAsync(Deposit(_owner, n), Token)));

        Assert.All(outcomes, outcome => Assert.True(outcome.IsPosted));
        Assert.Equal(Enumerable.Range(1, 300).Select(n => (long?)n), outcomes.Select(outcome => outcome.Lines[1].Version));
        Assert.Equal(300 * 301 / 2, (await books.AccountAsync(Customer, Token)).Balance.BaseUnits);
    }

    [Fact]
    public async Task Refusal_stays_the_answer_and_its_key_is_all_that_it_leaves()
    {
        await LimitAsync(funds: 100);
        string before = await DumpAsync();
        Posting refused = Payout(_owner, 101);

        PostingOutcome first = await books.Poster.PostAsync(refused, Token);
        Assert.Equal(before, await DumpAsync());
        await books.PostAsync(Deposit(_owner, 500), Token);
        PostingOutcome again = await books.Poster.PostAsync(refused, Token);

        Assert.Equal((LedgerCode.InsufficientFunds, false), (first.Code, first.IsReplay));
        Assert.Equal((LedgerCode.InsufficientFunds, true), (again.Code, again.IsReplay));
        Assert.Equal(1L, await books.SqlAsync($"select count(*) from ledger.v_key where key = '{refused.Key}'", Token));
    }

    [Fact]
    public async Task Account_that_only_a_refused_posting_names_is_not_opened()
    {
        await LimitAsync(funds: 10);
        AccountSpec fresh = Book.Wallet($"w{_owner:n}", "usd", _owner);

        PostingOutcome refused = await books.Poster.PostAsync(
            Posting(PostingLine.Debit(Customer, Units(11)), PostingLine.Credit(fresh, Units(11))), Token);

        Assert.Equal(LedgerCode.InsufficientFunds, refused.Code);
        Assert.Null(await books.Queries.FindAccountAsync(fresh.Code, Token));
    }

    [Fact]
    public async Task Malformed_posting_stores_nothing_and_burns_no_key()
    {
        Posting unbalanced = Posting(
            PostingLine.Debit(Book.Wallet("w1", "usd", owner: null), Units(10)), PostingLine.Credit(Customer, Units(9)));

        PostingOutcome outcome = await books.Poster.PostAsync(unbalanced, Token);
        PostingOutcome mended = await books.Poster.PostAsync(Deposit(_owner, 10) with { Key = unbalanced.Key }, Token);

        Assert.Equal((LedgerCode.Unbalanced, LedgerCode.Posted), (outcome.Code, mended.Code));
    }

    [Fact]
    public async Task Same_key_in_parallel_is_posted_once_and_answered_alike()
    {
        Posting posting = Deposit(_owner, 50);

        PostingOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(n =>
            books.Poster.PostAsync(posting with { Id = new LedgerTransactionId(NewId()) }, Token)));

        Assert.Single(outcomes, outcome => !outcome.IsReplay);
        Assert.Single(outcomes.Select(outcome => (outcome.Transaction, outcome.Lines[1])).Distinct());
        Assert.Equal(50, (await books.AccountAsync(Customer, Token)).Balance.BaseUnits);
    }

    [Fact]
    public async Task Refused_group_names_its_culprit_and_stays_refused_for_each_member()
    {
        await LimitAsync(funds: 100);
        Posting[] group =
        [
            Payout(_owner, 60) with { IsLinkedToNext = true }, Payout(_owner, 41) with { IsLinkedToNext = true }, Deposit(_owner, 500),
        ];

        IReadOnlyList<PostingOutcome> outcomes = await books.Poster.PostAsync(group, Token);
        IReadOnlyList<PostingOutcome> again = await books.Poster.PostAsync(group, Token);

        Assert.Equal([LedgerCode.LinkedFailed, LedgerCode.InsufficientFunds, LedgerCode.LinkedFailed], outcomes.Select(one => one.Code));
        Assert.Equal([1, null, 1], outcomes.Select(one => one.Culprit));
        Assert.Equal(outcomes.Select(one => one.Code), again.Select(one => one.Code));
        Assert.Equal(100, (await books.AccountAsync(Customer, Token)).Balance.BaseUnits);
    }

    [Fact]
    public async Task Group_with_a_member_that_was_answered_before_moves_nothing()
    {
        await LimitAsync(funds: 100);
        Posting refused = Payout(_owner, 101);
        await books.Poster.PostAsync(refused, Token);

        IReadOnlyList<PostingOutcome> outcomes =
            await books.Poster.PostAsync([refused with { IsLinkedToNext = true }, Deposit(_owner, 500)], Token);

        Assert.Equal([LedgerCode.InsufficientFunds, LedgerCode.LinkedFailed], outcomes.Select(one => one.Code));
        Assert.Equal([null, 0], outcomes.Select(one => one.Culprit));
        Assert.Equal(100, (await books.AccountAsync(Customer, Token)).Balance.BaseUnits);
    }

    [Fact]
    public async Task Last_posting_that_is_linked_to_none_reaches_no_other_caller()
    {
        Posting last = Deposit(_owner, 5) with { IsLinkedToNext = true };

        await Assert.ThrowsAsync<ArgumentException>(() => books.Poster.PostAsync([last], Token));

        PostingOutcome outcome = (await books.UnitOfWork.RunAsync(
            (session, token) => books.Store.PostInTransactionAsync(session, [last], freeze: true, token), Token))[0];
        Assert.Equal((LedgerCode.Malformed, "the last posting is linked to none"), (outcome.Code, outcome.Detail));
    }

    [Fact]
    public async Task Posting_with_a_line_of_nothing_is_refused_at_the_door_and_the_next_is_posted()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => books.Poster.PostAsync(Posting(default, default), Token));

        Assert.True((await books.Poster.PostAsync(Deposit(_owner, 5), Token)).IsPosted);
    }

    [Fact]
    public async Task Posting_that_is_none_does_not_harm_those_that_wait_with_it()
    {
        Posting poison = Deposit(_owner, 1) with { Context = "no json" };

        Task<PostingOutcome>[] good = [.. Enumerable.Range(0, 5).Select(n => books.Poster.PostAsync(Deposit(_owner, 10), Token))];
        await Assert.ThrowsAnyAsync<Exception>(() => books.Poster.PostAsync(poison, Token));

        Assert.All(await Task.WhenAll(good), outcome => Assert.True(outcome.IsPosted));
    }

    [Fact]
    public async Task Connections_cut_during_the_load_lose_and_double_nothing()
    {
        Posting[] postings = [.. Enumerable.Range(0, 400).Select(n => Deposit(_owner, 1))];
        Task cutter = Task.Run(
            async () =>
            {
                for (int n = 0; n < 6; n++)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System, Token);
                    await SqlAsync(
                        books.Postgres.OwnerConnectionString,
                        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'ce_app' and datname = current_database()",
                        Token);
                }
            },
            Token);

        await Task.WhenAll(postings.Select(PostThroughFaultsAsync));
        await cutter;

        Assert.Equal(400, (await ThroughFaultsAsync(() => books.AccountAsync(Customer, Token))).Balance.BaseUnits);
        Assert.Empty(await ThroughFaultsAsync(() => books.Queries.DisagreementsAsync(Token)));
    }

    [Fact]
    public async Task Every_transaction_leaves_a_fact_with_the_hash_of_its_content()
    {
        PostingOutcome outcome = await books.Poster.PostAsync(Deposit(_owner, 5), Token);

        string sql = $"""
            select count(*) from facts.pending f join ledger.v_transaction t on f.payload->>'transaction' = t.id::text
            where f.type = 'ledger.transaction_posted' and t.id = '{outcome.Transaction!.Value.Value}'
            and f.payload->>'sha256' = encode(t.content_hash, 'hex')
            """;
        Assert.Equal(1L, await books.SqlAsync(sql, Token));
    }

    private async Task PostThroughFaultsAsync(Posting posting) =>
        Assert.True((await ThroughFaultsAsync(() => books.Poster.PostAsync(posting, Token))).IsPosted);

    // What a caller does whose connection failed: the same again, a posting under the same key.
    private static async Task<T> ThroughFaultsAsync<T>(Func<Task<T>> ask)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await ask();
            }
            catch (Exception exception) when (ChainExec.Storage.UnitOfWork.IsDatabaseFault(exception) && attempt < 50)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
            }
        }
    }

    private async Task LimitAsync(long funds)
    {
        await books.PostAsync(Deposit(_owner, funds), Token);
        await books.OnceAsync(
            async session =>
            {
                await books.Store.ChangeAccountAsync(
                    session, new AccountChange(Customer.Code, "test", "test") { DebitsMustNotExceedCredits = true }, Token);
                return true;
            },
            Token);
    }

    // Everything of the books that is not a key.
    private async Task<string> DumpAsync() => (string)(await books.OwnerSqlAsync(
        """
        select concat_ws(';', (select string_agg(a::text, ',' order by id) from ledger.account a),
          (select count(*) from ledger.transaction), (select count(*) from ledger.entry),
          (select string_agg(h::text, ',') from ledger.hold h), (select count(*) from facts.pending),
          (select count(*) from ledger.unrolled))
        """,
        Token))!;
}
