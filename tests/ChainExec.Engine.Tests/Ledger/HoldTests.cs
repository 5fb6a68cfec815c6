using ChainExec.Ledger;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

public sealed class HoldTests(Books books) : IClassFixture<Books>
{
    private readonly Guid _owner = NewId();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AccountSpec Customer => Book.Customer(_owner, "usd");

    [Fact]
    public async Task Hold_lowers_what_is_available_and_not_the_balance()
    {
        await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);

        LedgerAccount account = await books.AccountAsync(Customer, Token);
        Assert.Equal((100, 60, 40), ((int)account.Balance.BaseUnits, (int)account.Held.BaseUnits, (int)account.Available.BaseUnits));
    }

    [Fact]
    public async Task Hold_of_more_than_is_available_is_insufficient_funds()
    {
        await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);

        HoldResult result = await books.HoldAsync(Customer, 41, "intent:too-much", Token);

        Assert.Equal(new HoldResult.InsufficientFunds(Units(40)), result);
    }

    [Fact]
    public async Task Hold_on_an_account_that_nobody_opened_is_insufficient_funds()
    {
        Assert.Equal(
            new HoldResult.InsufficientFunds(SignedAmount.Zero), await books.HoldAsync(Customer, 1, $"intent:{_owner}", Token));
    }

    [Fact]
    public async Task Overdrawn_account_holds_nothing_and_says_by_how_much()
    {
        await books.PostAsync(Deposit(_owner, 50), Token);
        await books.PostAsync(Payout(_owner, 80), Token);

        HoldResult result = await books.HoldAsync(Customer, 1, $"intent:{_owner}", Token);

        Assert.Equal(-30, Assert.IsType<HoldResult.InsufficientFunds>(result).Available.BaseUnits);
    }

    [Fact]
    public async Task Same_hold_again_is_there_already()
    {
        await books.PostAsync(Deposit(_owner, 100), Token);
        HoldResult first = await books.HoldAsync(Customer, 60, $"intent:{_owner}", Token);

        HoldResult again = await books.HoldAsync(Customer, 60, $"intent:{_owner}", Token);

        Assert.Equal(Assert.IsType<HoldResult.Held>(first).Hold, Assert.IsType<HoldResult.Already>(again).Hold);
    }

    [Fact]
    public async Task Hold_of_work_whose_hold_was_released_reserves_nothing_and_says_so()
    {
        await books.PostAsync(Deposit(_owner, 100), Token);
        HoldResult first = await books.HoldAsync(Customer, 60, $"intent:{_owner}", Token);
        await books.ReleaseAsync(Assert.IsType<HoldResult.Held>(first).Hold, Token);

        Assert.Equal(LedgerCode.HoldResolved, await RefusalAsync(() => books.HoldAsync(Customer, 60, $"intent:{_owner}", Token)));
        Assert.Equal(LedgerCode.HoldResolved, await RefusalAsync(() => books.HoldAsync(Customer, 30, $"intent:{_owner}", Token)));
    }

    [Fact]
    public async Task Hold_that_was_there_already_uses_up_the_key_that_asked_for_it_again()
    {
        await books.PostAsync(Deposit(_owner, 100), Token);
        await books.HoldAsync(Customer, 60, $"api:{_owner}", Token);
        HoldRequest Again(byte print) => new(new HoldId(NewId()), Customer.Code, Units(60))
        {
            BoundTo = $"api:{_owner}",
            Key = ($"again:{_owner}", [.. Enumerable.Repeat(print, 32)]),
        };

        HoldOutcome first = await books.OnceAsync(session => books.Store.PlaceHoldAsync(session, Again(1), Token), Token);
        HoldOutcome same = await books.OnceAsync(session => books.Store.PlaceHoldAsync(session, Again(1), Token), Token);
        HoldOutcome other = await books.OnceAsync(session => books.Store.PlaceHoldAsync(session, Again(2), Token), Token);

        Assert.Equal(
            (LedgerCode.Held, LedgerCode.Held, true, first.Hold, LedgerCode.KeyReused),
            (first.Code, same.Code, same.IsReplay, same.Hold, other.Code));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("intent:")]
    [InlineData("flow:")]
    [InlineData("flow:1:other")]
    public async Task Hold_is_released_only_for_what_it_is_bound_to(string? by)
    {
        await books.PostAsync(Deposit(_owner, 100), Token);
        HoldResult held = await books.HoldAsync(Customer, 60, $"flow:{_owner}:payout", Token);
        HoldId hold = Assert.IsType<HoldResult.Held>(held).Hold;
        Task<ReleaseResult> Release(string? name) =>
            books.OnceAsync(session => books.Store.ReleaseHoldAsync(session, hold, name, "test", Token), Token);

        if (by != "flow:")
            Assert.Equal(LedgerCode.Malformed, await RefusalAsync(() => Release(by)));
        else
            Assert.Equal(60, (await Release(by)).Released.BaseUnits);
    }

    [Fact]
    public async Task Other_amount_for_the_same_work_is_refused()
    {
        await books.PostAsync(Deposit(_owner, 100), Token);
        await books.HoldAsync(Customer, 60, $"intent:{_owner}", Token);

        Assert.Equal(
            LedgerCode.HoldOfAnotherAmount, await RefusalAsync(() => books.HoldAsync(Customer, 30, $"intent:{_owner}", Token)));
    }

    [Fact]
    public async Task One_work_holds_in_each_of_its_accounts()
    {
        await books.PostAsync(Deposit(_owner, 100), Token);
        await books.PostAsync(Deposit(_owner, 7, "eth"), Token);
        await books.HoldAsync(Customer, 60, $"intent:{_owner}", Token);
        await books.HoldAsync(Book.Customer(_owner, "eth"), 5, $"intent:{_owner}", Token);

        IReadOnlyList<Hold> holds =
            await books.OnceAsync(session => books.Store.HoldsAsync(session, $"intent:{_owner}", Token), Token);

        Assert.Equal(["usd", "eth"], holds.Select(hold => hold.Asset));
    }

    [Fact]
    public async Task Zero_is_no_hold()
    {
        await books.PostAsync(Deposit(_owner, 100), Token);

        Assert.Equal(LedgerCode.Malformed, await RefusalAsync(() => books.HoldAsync(Customer, 0, $"intent:{_owner}", Token)));
    }

    [Fact]
    public async Task Hold_posted_in_part_and_then_released_gives_back_the_rest()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        await books.PostAsync(Payout(_owner, 45) with { HoldUse = new HoldUse(hold, Units(45)) }, Token);

        ReleaseResult released = await books.ReleaseAsync(hold, Token);

        LedgerAccount account = await books.AccountAsync(Customer, Token);
        Assert.Equal(
            (15, HoldState.Released, 55, 55),
            ((int)released.Released.BaseUnits, released.State, (int)account.Balance.BaseUnits, (int)account.Available.BaseUnits));
    }

    [Fact]
    public async Task Hold_posted_in_parts_is_posted_with_the_last_one()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        foreach (long part in new long[] { 10, 20, 30 })
            await books.PostAsync(Payout(_owner, part) with { HoldUse = new HoldUse(hold, Units(part)) }, Token);

        Hold? found = await books.Queries.FindHoldAsync(hold, Token);

        Assert.Equal((HoldState.Posted, 60, 0), (found!.State, (int)found.Posted.BaseUnits, (int)found.Remaining.BaseUnits));
    }

    [Fact]
    public async Task Hold_that_was_posted_in_full_releases_nothing()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        await books.PostAsync(Payout(_owner, 60) with { HoldUse = new HoldUse(hold, Units(60)) }, Token);

        Assert.Equal(new ReleaseResult(TokenAmount.Zero, HoldState.Posted), await books.ReleaseAsync(hold, Token));
    }

    [Fact]
    public async Task Released_hold_carries_no_posting()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        await books.ReleaseAsync(hold, Token);
        Posting posting = Payout(_owner, 60) with { HoldUse = new HoldUse(hold, Units(60)) };

        Assert.Equal(LedgerCode.HoldResolved, await RefusalAsync(() => books.PostAsync(posting, Token)));
    }

    [Fact]
    public async Task Posting_spends_no_more_than_the_hold_has_left()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        Posting posting = Payout(_owner, 61) with { HoldUse = new HoldUse(hold, Units(61)) };

        Assert.Equal(LedgerCode.HoldDoesNotCarry, await RefusalAsync(() => books.PostAsync(posting, Token)));
    }

    [Fact]
    public async Task Posting_spends_no_more_of_the_hold_than_it_draws_from_its_account()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        Posting ofAnother = Payout(NewId(), 60) with { HoldUse = new HoldUse(hold, Units(60)) };

        Assert.Equal(LedgerCode.HoldDoesNotCarry, await RefusalAsync(() => books.PostAsync(ofAnother, Token)));
    }

    [Fact]
    public async Task Repeated_posting_spends_its_hold_once()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        Posting posting = Payout(_owner, 20) with { HoldUse = new HoldUse(hold, Units(20)) };
        await books.PostAsync(posting, Token);

        await books.PostAsync(posting, Token);

        Assert.Equal(20, (await books.Queries.FindHoldAsync(hold, Token))!.Posted.BaseUnits);
    }

    [Fact]
    public async Task Reason_of_any_length_releases()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);

        ReleaseResult released = await books.OnceAsync(
            session => books.Store.ReleaseHoldAsync(session, hold, "intent:", new string('x', 5000), Token), Token);

        Assert.Equal(HoldState.Released, released.State);
    }

    [Fact]
    public async Task Unknown_hold_is_refused()
    {
        Assert.Equal(LedgerCode.UnknownHold, await RefusalAsync(() => books.ReleaseAsync(new HoldId(NewId()), Token)));
    }

    [Fact]
    public async Task Hold_that_is_posted_and_released_at_once_is_resolved_once()
    {
        HoldId hold = await books.FundedHoldAsync(_owner, funds: 100, held: 60, Token);
        Posting posting = Payout(_owner, 60) with { HoldUse = new HoldUse(hold, Units(60)) };

        Task<ReleaseResult>[] releases = [.. Enumerable.Range(0, 8).Select(n => books.ReleaseAsync(hold, Token))];
        Task<PostResult> post = books.PostAsync(posting, Token);
        ReleaseResult[] released = await Task.WhenAll(releases);
        bool posted = await post.ContinueWith(
            finished => finished.IsCompletedSuccessfully, Token, TaskContinuationOptions.None, TaskScheduler.Default);

        Assert.Equal(1, released.Count(result => !result.Released.IsZero) + (posted ? 1 : 0));
    }

    [Fact]
    public async Task Fifty_holds_at_once_never_reserve_more_than_there_is()
    {
        await books.PostAsync(Deposit(_owner, 100), Token);

        HoldResult[] results = await Task.WhenAll(Enumerable.Range(0, 50).Select(n =>
            books.HoldAsync(Customer, 7, $"intent:{_owner}:{n}", Token)));

        Assert.Equal(14, results.Count(result => result is HoldResult.Held));
    }
}
