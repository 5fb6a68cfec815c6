using ChainExec.Facts;
using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Facts;

public sealed class ConsumerTests
{
    private static CancellationToken Token => FactsHarness.Token;

    [Fact]
    public async Task Effect_memory_and_cursor_commit_together_or_not_at_all()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync("a", "b");
        // A fault after the second effect: the whole turn is gone, as after a kill.
        var consumer = new TestConsumer
        {
            After = (_, fact) => fact.Position == 2 ? throw new TimeoutException("killed") : Task.CompletedTask,
        };
        await Assert.ThrowsAsync<TimeoutException>(() => facts.Worker(consumer).RunTurnAsync(Token));
        Assert.Equal(["0|0|0"], await facts.RowsAsync(
            "select (select count(*) from test.effect), (select count(*) from facts.handled), position from facts.cursor"));

        consumer.After = null;
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([1, 2], await facts.EffectsAsync(consumer));
    }

    [Fact]
    public async Task A_session_ended_by_the_server_after_an_effect_leaves_nothing_and_the_next_turn_does_it_once()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync("a", "b", "a");
        bool ended = false;
        var consumer = new TestConsumer();
        consumer.After = async (session, fact) =>
        {
            if (ended || fact.Position != 2)
                return;
            ended = true;
            int backend = await session.Sql("select pg_backend_pid()").ScalarAsync<int>(Token);
            await facts.AsOwnerAsync($"select pg_terminate_backend({backend}, 5000)");
        };
        ConsumerWorker worker = facts.Worker(consumer);

        Exception? fault = await Record.ExceptionAsync(() => worker.RunTurnAsync(Token));
        await FactsHarness.DrainAsync(worker);

        Assert.True(fault is not null && UnitOfWork.IsDatabaseFault(fault), $"{fault}");
        Assert.Equal([1, 2, 3], await facts.EffectsAsync(consumer));
        Assert.Equal(0L, await facts.ValueAsync<long>("select count(*) from facts.parked"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_turn_whose_commit_lost_its_connection_has_its_effects_once(bool committed)
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync("a", "b");
        await using TcpProxy proxy = TcpProxy.Start(facts.Postgres.Server.Port);
        var consumer = new TestConsumer();
        ConsumerWorker worker = facts.Worker(consumer, facts.NewProcess(port: proxy.Port));
        bool armed = false;
        consumer.After = (_, _) =>
        {
            if (armed)
                return Task.CompletedTask;
            armed = true;
            if (committed)
                proxy.CutAfterCommit();
            else
                proxy.CutBeforeCommit();
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<CommitUnknownException>(() => worker.RunTurnAsync(Token));
        await Eventually.TrueAsync(
            async () =>
            {
                await worker.RunTurnAsync(Token);
                return (await facts.EffectsAsync(consumer)).Count == 2;
            },
            TimeSpan.FromSeconds(10), "the next turn", Token);
        await FactsHarness.DrainAsync(worker);

        Assert.Equal([1, 2], await facts.EffectsAsync(consumer));
    }

    [Fact]
    public async Task A_rewound_cursor_repeats_no_effect()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync("a", "b", "a");
        var consumer = new TestConsumer();
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        await facts.AsOwnerAsync("update facts.cursor set position = 0");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([1, 2, 3], await facts.EffectsAsync(consumer));
        Assert.Equal(3L, await facts.ValueAsync<long>("select position from facts.cursor"));
    }

    [Fact]
    public async Task A_rewound_cursor_fills_gaps()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendAsync("a");
        await facts.UnitOfWork.RunAsync(
            (session, token) => facts.Writer.AppendAsync(session, "a", owner: null, new AlsoHappened(1), token), Token);
        await facts.PublishAsync("a");
        var before = new TestConsumer();
        await FactsHarness.DrainAsync(facts.Worker(before));
        var after = new TestConsumer { Wanted = new HashSet<string> { Happened.Type, AlsoHappened.Type } };

        await facts.AsOwnerAsync("update facts.cursor set position = 0");
        await FactsHarness.DrainAsync(facts.Worker(after));

        Assert.Equal([1, 3, 2], await facts.EffectsAsync(after));
    }

    [Fact]
    public async Task Unwanted_facts_are_passed_over_and_the_cursor_reaches_the_end()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendManyAsync("a", 1300);
        await facts.SequenceAllAsync();
        var consumer = new TestConsumer { Wanted = new HashSet<string> { AlsoHappened.Type } };

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal("1300|0", Assert.Single(await facts.RowsAsync("select position, behind from facts.v_lag")));
    }

    [Fact]
    public async Task More_facts_than_one_window_holds_are_handled_in_order()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendManyAsync("a", 230);
        await facts.SequenceAllAsync();
        var consumer = new TestConsumer();

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal(Enumerable.Range(1, 230).Select(position => (long)position), await facts.EffectsAsync(consumer));
    }

    [Fact]
    public async Task Two_shards_handle_every_fact_once_and_keep_each_key_together()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        string[] keys = [.. Enumerable.Range(0, 120).Select(index => $"key{index % 12}")];
        await facts.PublishAsync(keys);
        var consumer = new TestConsumer(shards: 2);

        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => FactsHarness.DrainAsync(facts.Worker(consumer, facts.NewProcess()))));
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal(120, (await facts.EffectsAsync(consumer)).Distinct().Count());
        Assert.Equal(120, (await facts.EffectsAsync(consumer)).Count);
        foreach (string key in keys.Distinct())
        {
            IReadOnlyList<long> effects = await facts.EffectsAsync(consumer, key);
            Assert.Equal(effects.Order(), effects);
        }

        Assert.Equal(2L, await facts.ValueAsync<long>("select count(distinct shard_hash % 2) from facts.stream"));
    }

    [Fact]
    public async Task A_shard_that_cannot_get_a_lock_does_not_hold_back_the_other()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync([.. Enumerable.Range(0, 40).Select(index => $"key{index}")]);
        long expected = await facts.ValueAsync<long>("select count(*) from facts.stream where shard_hash % 2 = 1");
        await facts.AsOwnerAsync("insert into test.entity (key) values ('contended')");
        (NpgsqlConnection connection, NpgsqlTransaction transaction, DbSession holder) = await facts.OpenTransactionAsync();
        await using NpgsqlConnection open = connection;
        await holder.Sql("update test.entity set version = 1").ExecuteAsync(Token);
        HashSet<long> locking =
            [.. (await facts.RowsAsync("select position from facts.stream where shard_hash % 2 = 0")).Select(long.Parse)];
        var consumer = new TestConsumer(shards: 2)
        {
            Before = (session, fact) => locking.Contains(fact.Position)
                ? session.Sql("update test.entity set version = 2").ExecuteAsync(Token)
                : Task.CompletedTask,
        };

        await Assert.ThrowsAsync<PostgresException>(
            () => facts.Worker(consumer, facts.NewProcess(TimeSpan.FromMilliseconds(200))).RunTurnAsync(Token));

        Assert.Equal(expected, (await facts.EffectsAsync(consumer)).Count);
        await transaction.RollbackAsync(Token);
    }

    [Fact]
    public async Task A_second_process_with_the_same_consumer_takes_nothing_while_the_first_is_in_its_turn()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync("a");
        var second = new TestConsumer();
        int movedBySecond = -1;
        var first = new TestConsumer
        {
            After = async (_, _) => movedBySecond = await facts.Worker(second, facts.NewProcess()).RunTurnAsync(Token),
        };
        // The cursor exists already, so that the second one meets the lock and not the creation.
        await facts.AsOwnerAsync("insert into facts.cursor (consumer, shard, shards) values ('test', 0, 1)");

        await facts.Worker(first).RunTurnAsync(Token);

        Assert.Equal(0, movedBySecond);
        Assert.Equal([1], await facts.EffectsAsync(first));
    }

    [Fact]
    public async Task Two_processes_racing_with_the_same_consumer_handle_each_fact_once_and_in_order()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendManyAsync("a", 400);
        await facts.SequenceAllAsync();
        var consumer = new TestConsumer();

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(
            async () =>
            {
                ConsumerWorker worker = facts.Worker(consumer, facts.NewProcess());
                for (int turn = 0; turn < 12; turn++)
                    await worker.RunTurnAsync(Token);
            },
            Token)));
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal(Enumerable.Range(1, 400).Select(position => (long)position), await facts.EffectsAsync(consumer));
    }

    [Fact]
    public async Task Two_consumers_have_cursors_and_memories_of_their_own()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync("a", "b");
        var one = new TestConsumer("one");
        var two = new TestConsumer("two");

        await FactsHarness.DrainAsync(facts.Worker(one));
        await FactsHarness.DrainAsync(facts.Worker(two));

        Assert.Equal(await facts.EffectsAsync(one), await facts.EffectsAsync(two));
    }

    [Fact]
    public async Task Another_number_of_shards_is_refused_because_facts_would_be_skipped()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync("a", "b", "c");
        await FactsHarness.DrainAsync(facts.Worker(new TestConsumer(shards: 2)));

        await Assert.ThrowsAsync<InvalidOperationException>(() => facts.Worker(new TestConsumer(shards: 1)).RunTurnAsync(Token));
    }

    [Fact]
    public async Task A_fact_reads_back_as_it_was_written()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        Guid owner = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await facts.UnitOfWork.RunAsync(
            (session, token) => facts.Writer.AppendAsync(session, "a", owner, new Happened(long.MaxValue), token), Token);
        await facts.SequenceAllAsync();
        Fact? seen = null;
        var consumer = new TestConsumer
        {
            Before = (_, fact) =>
            {
                seen = fact;
                return Task.CompletedTask;
            },
        };

        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal(
            (1, Happened.Type, "a", owner, long.MaxValue),
            (seen!.Position, seen.Type, seen.Key, seen.Owner, seen.Read<Happened>().Version));
    }
}
