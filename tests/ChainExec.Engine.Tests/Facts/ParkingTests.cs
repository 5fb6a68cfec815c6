using ChainExec.Facts;
using ChainExec.Storage;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Facts;

public sealed class ParkingTests
{
    private const string Parked =
        "select position, key, reason, attempts from facts.parked where resolved_at is null order by position";

    private static CancellationToken Token => FactsHarness.Token;

    [Fact]
    public async Task A_fact_that_throws_is_parked_with_its_key_and_the_others_go_on()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        TestConsumer consumer = Failing(1);
        await facts.PublishAsync("a", "b", "a", "b");

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([2, 4], await facts.EffectsAsync(consumer));
        Assert.Equal(["1|a|threw|1", "3|a|waits_behind|1"], await facts.RowsAsync(Parked));
    }

    [Fact]
    public async Task What_a_fact_wrote_before_it_threw_is_undone()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        var consumer = new TestConsumer { After = (_, _) => throw new InvalidOperationException("after the effect") };
        await facts.PublishAsync("a");

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Empty(await facts.EffectsAsync(consumer));
        Assert.Equal(0L, await facts.ValueAsync<long>("select count(*) from facts.handled"));
        Assert.Equal(["InvalidOperationException: after the effect"], await facts.RowsAsync("select error from facts.v_parked"));
    }

    [Fact]
    public async Task A_key_parked_in_one_turn_holds_back_its_facts_in_later_turns()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        TestConsumer consumer = Failing(1);
        await facts.PublishAsync("a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        consumer.Before = null;
        await facts.PublishAsync("a", "b");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([3], await facts.EffectsAsync(consumer));
    }

    [Fact]
    public async Task After_the_fix_a_retry_handles_the_key_in_order_and_once()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        TestConsumer consumer = Failing(1);
        await facts.PublishAsync("a", "a", "b", "a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        consumer.Before = null;
        await facts.RetryAsync(consumer, "a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));
        await facts.RetryAsync(consumer, "a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([1, 2, 4], await facts.EffectsAsync(consumer, "a"));
        Assert.Empty(await facts.RowsAsync(Parked));
        Assert.Equal(3L, await facts.ValueAsync<long>("select count(*) from facts.parked where resolved_at is not null"));
    }

    [Fact]
    public async Task Without_a_retry_request_a_parked_key_stays_parked()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        TestConsumer consumer = Failing(1);
        await facts.PublishAsync("a", "a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        consumer.Before = null;
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Empty(await facts.EffectsAsync(consumer));
    }

    [Fact]
    public async Task A_retry_that_fails_again_parks_again_and_lets_no_later_fact_by()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        TestConsumer consumer = Failing(1);
        // More than one batch of retries: what lies beyond its limit must not overtake.
        await facts.AppendManyAsync("a", 130);
        await facts.SequenceAllAsync();
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        await facts.RetryAsync(consumer, "a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Empty(await facts.EffectsAsync(consumer));
        Assert.Equal("1|a|threw|2", (await facts.RowsAsync(Parked))[0]);
        Assert.Equal(130, (await facts.RowsAsync(Parked)).Count);
    }

    [Fact]
    public async Task A_long_queue_behind_a_parked_fact_is_worked_off_in_order_with_what_arrives_meanwhile()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        TestConsumer consumer = Failing(1);
        await facts.AppendManyAsync("a", 130);
        await facts.SequenceAllAsync();
        await FactsHarness.DrainAsync(facts.Worker(consumer));
        consumer.Before = null;

        await facts.RetryAsync(consumer, "a");
        ConsumerWorker worker = facts.Worker(consumer);
        await worker.RunTurnAsync(Token);
        // The queue is not empty yet, so these wait behind it; nobody asks for them again.
        await facts.AppendManyAsync("a", 3);
        await facts.SequenceAllAsync();
        await FactsHarness.DrainAsync(worker);

        Assert.Equal(Enumerable.Range(1, 133).Select(position => (long)position), await facts.EffectsAsync(consumer));
        Assert.Empty(await facts.RowsAsync(Parked));
    }

    [Fact]
    public async Task A_second_bad_fact_behind_the_first_stops_the_key_there()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        TestConsumer consumer = Failing(1, 3);
        await facts.PublishAsync("a", "a", "a", "a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        consumer.Before = Failing(3).Before;
        await facts.RetryAsync(consumer, "a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([1, 2], await facts.EffectsAsync(consumer));
        Assert.Equal(["3|a|threw|2", "4|a|waits_behind|1"], await facts.RowsAsync(Parked));
    }

    [Fact]
    public async Task A_rewind_leaves_what_is_parked_as_it_is()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        TestConsumer consumer = Failing(2);
        await facts.PublishAsync("a", "a", "a");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        await facts.AsOwnerAsync("update facts.cursor set position = 0");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([1], await facts.EffectsAsync(consumer));
        Assert.Equal(["2|a|threw|1", "3|a|waits_behind|1"], await facts.RowsAsync(Parked));
    }

    [Fact]
    public async Task A_database_fault_in_a_handler_ends_the_turn_and_parks_nothing()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AsOwnerAsync("insert into test.entity (key) values ('contended')");
        (NpgsqlConnection connection, NpgsqlTransaction transaction, DbSession holder) = await facts.OpenTransactionAsync();
        await using NpgsqlConnection open = connection;
        await holder.Sql("update test.entity set version = 1").ExecuteAsync(Token);
        var consumer = new TestConsumer
        {
            After = (session, fact) => fact.Position == 2
                ? session.Sql("update test.entity set version = version + 1").ExecuteAsync(Token)
                : Task.CompletedTask,
        };
        await facts.PublishAsync("a", "b");
        ConsumerWorker worker = facts.Worker(consumer, facts.NewProcess(TimeSpan.FromMilliseconds(200)));

        PostgresException fault = await Assert.ThrowsAsync<PostgresException>(() => worker.RunTurnAsync(Token));
        Assert.Equal(PostgresErrorCodes.LockNotAvailable, fault.SqlState);
        Assert.Empty(await facts.EffectsAsync(consumer));
        await transaction.RollbackAsync(Token);
        await FactsHarness.DrainAsync(worker);

        Assert.Equal([1, 2], await facts.EffectsAsync(consumer));
        Assert.Empty(await facts.RowsAsync("select * from facts.parked"));
    }

    [Theory]
    [InlineData("40001")]
    [InlineData("53100")]
    [InlineData("57P01")]
    [InlineData("25006")]
    public async Task An_outage_reported_by_the_server_parks_nothing(string sqlState)
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        var consumer = new TestConsumer { After = (session, _) => RaiseAsync(session, sqlState) };
        await facts.PublishAsync("a");

        await Assert.ThrowsAsync<PostgresException>(() => facts.Worker(consumer).RunTurnAsync(Token));

        Assert.Empty(await facts.RowsAsync("select * from facts.parked"));
    }

    [Fact]
    public async Task A_constraint_that_a_handler_violates_parks_the_fact()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        var consumer = new TestConsumer
        {
            After = (session, fact) => fact.Key == "bad"
                ? session.Sql("insert into test.entity (key) values ('same'), ('same')").ExecuteAsync(Token)
                : Task.CompletedTask,
        };
        await facts.PublishAsync("a", "bad", "b");

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([1, 3], await facts.EffectsAsync(consumer));
        Assert.Equal(["2|bad|threw|1"], await facts.RowsAsync(Parked));
    }

    [Fact]
    public async Task A_deferred_constraint_that_a_handler_violates_parks_the_fact_and_not_the_whole_turn()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        var consumer = new TestConsumer
        {
            After = async (session, fact) =>
            {
                await session.Sql("insert into test.child (parent) values (@id)").With("id", fact.Position).ExecuteAsync(Token);
                // A good fact repairs what its first statement left open, as a ledger transaction and its entries do.
                if (fact.Key != "bad")
                    await session.Sql("insert into test.parent (id) values (@id)").With("id", fact.Position).ExecuteAsync(Token);
            },
        };
        await facts.PublishAsync("a", "bad", "b");

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([1, 3], await facts.EffectsAsync(consumer));
        Assert.Equal(["2|bad|threw|1"], await facts.RowsAsync(Parked));
    }

    [Fact]
    public async Task A_handler_that_swallows_a_failed_statement_is_parked()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        var consumer = new TestConsumer
        {
            After = (session, _) => Assert.ThrowsAsync<PostgresException>(() => RaiseAsync(session, "23505")),
        };
        await facts.PublishAsync("a");

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Empty(await facts.EffectsAsync(consumer));
        Assert.Equal(["1|a|threw|1"], await facts.RowsAsync(Parked));
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_parks_the_fact_instead_of_stopping_the_stream()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        var consumer = new TestConsumer
        {
            After = (_, fact) => fact.Key == "bad" ? throw new TaskCanceledException("a timeout inside the handler") : Task.CompletedTask,
        };
        await facts.PublishAsync("bad", "b");

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([2], await facts.EffectsAsync(consumer));
        Assert.Equal(["1|bad|threw|1"], await facts.RowsAsync(Parked));
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_a_turn_parks_nothing()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        using var stopping = new CancellationTokenSource();
        var consumer = new TestConsumer
        {
            After = async (_, _) =>
            {
                await stopping.CancelAsync();
                stopping.Token.ThrowIfCancellationRequested();
            },
        };
        await facts.PublishAsync("a");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => facts.Worker(consumer).RunTurnAsync(stopping.Token));

        Assert.Empty(await facts.RowsAsync("select * from facts.parked"));
        Assert.Empty(await facts.EffectsAsync(consumer));
    }

    // The name of the exception takes 27 of the 4000 characters, so that the pair of surrogates straddles the end.
    public static TheoryData<string> HostileMessages => new(
        "a\0b", "broken \ud83d pair", new string('x', 9000), new string('x', 3972) + "\U0001F600 end");

    [Theory]
    [MemberData(nameof(HostileMessages), DisableDiscoveryEnumeration = true)]
    public async Task A_message_that_the_database_would_refuse_is_parked_all_the_same(string message)
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        var consumer = new TestConsumer { After = (_, _) => throw new InvalidOperationException(message) };
        await facts.PublishAsync("a");

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal(["1|a|threw|1"], await facts.RowsAsync(Parked));
    }

    private static TestConsumer Failing(params long[] positions) => new()
    {
        Before = (_, fact) => positions.Contains(fact.Position) ? throw new InvalidOperationException("no rule") : Task.CompletedTask,
    };

    private static Task RaiseAsync(DbSession session, string sqlState) =>
        session.Sql($"do $$ begin raise exception 'raised' using errcode = '{sqlState}'; end $$").ExecuteAsync(Token);
}
