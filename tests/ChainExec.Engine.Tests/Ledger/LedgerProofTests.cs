using System.Diagnostics;
using ChainExec.Ledger;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>What the verification and the seal must notice, and that both come to an end.</summary>
public sealed class LedgerProofTests
{
    private readonly Guid _owner = NewId();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Transaction_that_vanished_without_a_trace_in_balances_is_found_by_its_fact()
    {
        await using var books = new Books();
        await books.InitializeAsync();
        await books.PostAsync(Deposit(_owner, 1000), Token);
        await books.PostAsync(Deposit(_owner, 300), Token);
        await books.SettleAsync(Token);
        LedgerCheckpoint kept = (await books.Verifier.NewestAsync(Token))!;

        await books.OwnerSqlAsync(
            """
            alter table ledger.entry disable trigger user; alter table ledger.key disable trigger user;
            alter table ledger.transaction disable trigger user;
            delete from ledger.entry where version = 2;
            delete from ledger.key where transaction_id in (select id from ledger.transaction where versions = '{2,2}');
            delete from ledger.transaction where versions = '{2,2}';
            update ledger.account set version = 1, posted_debit = least(posted_debit, 1000), posted_credit = least(posted_credit, 1000)
            """,
            Token);

        Assert.Null(await books.Verifier.CompareAsync(kept, Token));
        Assert.Equal(["fact", "seal"], (await books.Verifier.VerifyAsync(Token)).Select(finding => finding.Check));
    }

    [Fact]
    public async Task Transaction_that_was_rewritten_and_told_of_again_is_found_by_its_first_fact()
    {
        await using var books = new Books();
        await books.InitializeAsync();
        await books.PostAsync(Deposit(_owner, 1000), Token);
        await books.SettleAsync(Token);

        await books.OwnerSqlAsync(
            """
            alter table ledger.entry disable trigger user; alter table ledger.transaction disable trigger user;
            update ledger.entry set amount = 1, balance_after = 1;
            update ledger.account set posted_debit = least(posted_debit, 1), posted_credit = least(posted_credit, 1);
            update ledger.transaction t
            set    content_hash = ledger.content_hash(
                     t.id, t.idempotency_key, t.kind, t.effective_at, t.recorded_at, t.source_position, t.actor, t.flow_node, t.intent_id,
                     t.call_id, t.external_event, t.reverses, t.group_id,
                     (select string_agg(concat_ws(' ', e.account_id, e.version, e.side, e.amount, e.asset), E'\n' order by e.ordinal)
                      from ledger.entry e), t.context::text)
            """,
            Token);
        await books.SqlAsync(
            """
            insert into facts.pending (type, key, payload)
            select 'ledger.transaction_posted', 'ledger:' || id,
                   jsonb_build_object('transaction', id, 'sha256', encode(content_hash, 'hex'))
            from   ledger.v_transaction
            """,
            Token);
        await books.SettleAsync(Token);

        IReadOnlyList<VerificationFinding> findings = await books.Verifier.VerifyAsync(Token);
        Assert.Equal(["fact", "seal"], findings.Select(finding => finding.Check));
        Assert.Equal("left 2 facts", findings[0].Detail);
    }

    [Theory]
    [InlineData("""{"transaction":"x"}""")]
    [InlineData("""{"transaction":null,"sha256":"not hexadecimal"}""")]
    [InlineData("""{"transaction":"01900000-0000-7000-8000-000000000000","sha256":"00"}""")]
    public async Task Fact_that_tells_of_nothing_stops_no_seal_and_is_found(string payload)
    {
        await using var books = new Books();
        await books.InitializeAsync();
        await books.SqlAsync(
            $"insert into facts.pending (type, key, payload) values ('ledger.transaction_posted', 'x', '{payload}')", Token);
        await books.PostAsync(Deposit(_owner, 10), Token);

        await books.SettleAsync(Token);

        Assert.Equal(1L, await books.SqlAsync("select transactions from ledger.v_seal", Token));
        Assert.Equal("fact", Assert.Single(await books.Verifier.VerifyAsync(Token)).Check);
    }

    [Fact]
    public async Task Transactions_that_nobody_seals_are_told_of_after_ten_minutes()
    {
        await using var books = new Books();
        await books.InitializeAsync();
        await books.PostAsync(Deposit(_owner, 10), Token);
        await books.SettleAsync(Token);
        await books.PostAsync(Deposit(_owner, 20), Token);
        Assert.Equal(1, (await books.Verifier.NewestAsync(Token))!.Unsealed);
        Assert.Empty(await books.Verifier.VerifyAsync(Token));

        await books.OwnerSqlAsync("update storage.clock_offset set shift = interval '11 minutes'", Token);

        Assert.Equal("unsealed", Assert.Single(await books.Verifier.VerifyAsync(Token)).Check);
    }

    [Fact]
    public async Task Account_that_lives_in_the_future_is_found()
    {
        await using var books = new Books();
        await books.InitializeAsync();
        await books.OwnerSqlAsync("update storage.clock_offset set shift = interval '10 years'", Token);
        await books.PostAsync(Deposit(_owner, 10), Token);

        await books.OwnerSqlAsync("update storage.clock_offset set shift = interval '0'", Token);

        Assert.Equal(["clock", "clock"], (await books.Verifier.VerifyAsync(Token)).Select(finding => finding.Check));
    }

    [Fact]
    public async Task Verification_takes_as_long_as_there_are_transactions_and_no_longer()
    {
        // Against itself with a quarter of them, for machines differ: quadratic, it took sixteen times as long.
        int batches = Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1" ? 12 : 2;
        await using var books = new Books();
        await books.InitializeAsync();
        TimeSpan few = await VerifyWithAsync(batches);
        TimeSpan many = await VerifyWithAsync(3 * batches);

        Assert.InRange(many, TimeSpan.Zero, (8 * few) + TimeSpan.FromSeconds(1));

        async Task<TimeSpan> VerifyWithAsync(int more)
        {
            for (int batch = 0; batch < more; batch++)
            {
                Posting[] postings = [.. Enumerable.Range(0, 1000).Select(_ => Deposit(_owner, 1))];
                await books.OnceAsync(session => books.Store.PostInTransactionAsync(session, postings, freeze: false, Token), Token);
            }

            await books.SettleAsync(Token);
            var watch = Stopwatch.StartNew();
            Assert.Empty(await books.Verifier.VerifyAsync(Token));
            return watch.Elapsed;
        }
    }
}
