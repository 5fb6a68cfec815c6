using System.Collections.Concurrent;
using ChainExec.Ledger;
using ChainExec.Storage;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>Many writers at once, on books of their own because the whole book is looked at afterwards.</summary>
public sealed class LedgerConcurrencyTests(Books books) : IClassFixture<Books>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Opposite_transfers_at_once_do_not_deadlock()
    {
        AccountSpec[] accounts = [.. Enumerable.Range(0, 4).Select(n => Book.Customer(NewId(), "usd"))];
        foreach (AccountSpec account in accounts)
            await books.OnceAsync(session => books.Store.OpenAccountAsync(session, account, Token), Token);

        // Nobody retries here: one deadlock anywhere fails the test.
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async writer =>
        {
            AccountSpec[] mine = writer % 2 == 0 ? accounts : [.. accounts.Reverse()];
            for (int n = 0; n < 10; n++)
            {
                await books.PostAsync(
                    Posting(
                        PostingLine.Debit(mine[0], Units(1)), PostingLine.Credit(mine[1], Units(1)),
                        PostingLine.Debit(mine[2], Units(1)), PostingLine.Credit(mine[3], Units(1))),
                    Token);
            }
        }));

        Assert.Equal(200, (await books.AccountAsync(accounts[0], Token)).Version);
    }

    [Fact]
    public async Task Accounts_opened_at_once_in_opposite_order_do_not_deadlock()
    {
        for (int round = 0; round < 10; round++)
        {
            AccountSpec[] accounts = [.. Enumerable.Range(0, 6).Select(n => Book.Customer(NewId(), "usd"))];
            await Task.WhenAll(Enumerable.Range(0, 8).Select(writer =>
            {
                AccountSpec[] mine = writer % 2 == 0 ? accounts : [.. accounts.Reverse()];
                IEnumerable<PostingLine> lines = mine.Select((account, n) =>
                    new PostingLine(account, n % 2 == 0 ? EntrySide.Debit : EntrySide.Credit, Units(1)));
                return books.PostAsync(Posting([.. lines]), Token);
            }));

            Assert.Equal(8, (await books.AccountAsync(accounts[0], Token)).Version);
        }
    }

    [Fact]
    public async Task Books_prove_themselves_after_random_work_of_many_writers()
    {
        int seed = Environment.TickCount;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        Guid[] owners = [.. Enumerable.Range(0, 5).Select(n => NewId())];
        var holds = new ConcurrentDictionary<HoldId, Guid>();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async writer =>
        {
            var random = new Random(seed + writer);
            for (int n = 0; n < 60; n++)
                await StepAsync(random, owners, holds);
        }));

        IReadOnlyList<TrialBalanceRow> trial = await books.Queries.TrialBalanceAsync(owner: null, 10_000, Token);
        SignedAmount difference = trial.Aggregate(SignedAmount.Zero, (sum, row) => sum + row.Debits - row.Credits);
        Assert.True(difference.IsZero, $"seed {seed}: debits less credits are {difference}");
        IReadOnlyList<ProofFinding> findings = await books.Queries.DisagreementsAsync(Token);
        Assert.True(findings.Count == 0, $"seed {seed}: {string.Join(", ", findings)}");
        await AssertHoldHistoryIsLegalAsync(seed);
    }

    [Fact]
    public async Task Falsified_counter_is_found_by_the_proof()
    {
        Guid owner = NewId();
        await books.PostAsync(Deposit(owner, 10), Token);
        string code = Book.Customer(owner, "usd").Code;
        await books.OwnerSqlAsync($"update ledger.account set posted_credit = posted_credit + 1 where code = '{code}'", Token);

        IReadOnlyList<ProofFinding> findings = await books.Queries.DisagreementsAsync(Token);

        // Mended before the assertion, for the other tests of these books.
        await books.OwnerSqlAsync($"update ledger.account set posted_credit = posted_credit - 1 where code = '{code}'", Token);
        Assert.Contains(findings, finding => finding.Code == code);
    }

    private async Task StepAsync(Random random, Guid[] owners, ConcurrentDictionary<HoldId, Guid> holds)
    {
        Guid owner = owners[random.Next(owners.Length)];
        long amount = random.Next(1, 100);
        switch (random.Next(6))
        {
            case 0 or 1:
                await books.PostAsync(Deposit(owner, amount), Token);
                break;
            case 2:
                // Whatever is held: it happened already.
                await books.PostAsync(Payout(owner, amount) with { IsObserved = true }, Token);
                break;
            case 3:
                HoldResult result = await books.HoldAsync(Book.Customer(owner, "usd"), amount, $"intent:{NewId():n}", Token);
                if (result is HoldResult.Held held)
                    holds[held.Hold] = owner;
                break;
            case 4 when Pick(random, holds) is { } hold:
                await SpendAsync(hold, holds[hold], amount);
                break;
            case 5 when Pick(random, holds) is { } hold:
                await books.ReleaseAsync(hold, Token);
                break;
        }
    }

    private async Task SpendAsync(HoldId hold, Guid owner, long amount)
    {
        try
        {
            await books.PostAsync(Payout(owner, amount) with { HoldUse = new HoldUse(hold, Units(amount)) }, Token);
        }
        catch (LedgerRefusedException refused) when (refused.Reason is LedgerCode.HoldDoesNotCarry or LedgerCode.HoldResolved)
        {
            // It had less left, or another writer resolved it first: both are right answers here.
        }
    }

    private static HoldId? Pick(Random random, ConcurrentDictionary<HoldId, Guid> holds)
    {
        HoldId[] known = [.. holds.Keys.OrderBy(hold => hold.Value)];
        return known.Length == 0 ? null : known[random.Next(known.Length)];
    }

    // The functions of the schema move holds, the table in code says which moves are legal: they must not drift apart.
    private async Task AssertHoldHistoryIsLegalAsync(int seed)
    {
        string moves = (string?)await books.SqlAsync(
            """
            select string_agg(distinct concat_ws(' ', from_state, event, to_state), ';')
            from   ledger.v_hold_history
            where  from_state is not null
            """,
            Token) ?? "";
        Assert.NotEqual("", moves);
        foreach (string[] move in moves.Split(';').Select(text => text.Split(' ')))
        {
            HoldState to = HoldLifecycle.Table.Move(EnumText.Parse<HoldState>(move[0]), EnumText.Parse<HoldEvent>(move[1]));
            Assert.True(to == EnumText.Parse<HoldState>(move[2]), $"seed {seed}: {string.Join(' ', move)}");
        }
    }
}
