using System.Diagnostics;
using System.Globalization;
using ChainExec.Facts;
using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Facts;

public sealed class SequencerTests
{
    private static CancellationToken Token => FactsHarness.Token;

    [Fact]
    public async Task A_late_committer_is_neither_lost_nor_breaks_gaplessness()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        (NpgsqlConnection connection, NpgsqlTransaction transaction, DbSession session) = await facts.OpenTransactionAsync();
        await using NpgsqlConnection open = connection;
        await facts.Writer.AppendAsync(session, "late", owner: null, new Happened(1), Token);
        await session.FlushAsync(Token);
        await facts.PublishAsync("early");

        await transaction.CommitAsync(Token);
        await facts.SequenceAllAsync();

        // The late one took the lower pending id; it still comes after what was already read.
        Assert.Equal(
            ["1|early|2", "2|late|1"], await facts.RowsAsync("select position, key, pending_id from facts.stream order by position"));
        await facts.AssertGaplessAsync(2);
    }

    [Fact]
    public async Task A_late_committer_reaches_a_consumer_that_was_already_past_the_earlier_facts()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        (NpgsqlConnection connection, NpgsqlTransaction transaction, DbSession session) = await facts.OpenTransactionAsync();
        await using NpgsqlConnection open = connection;
        await facts.Writer.AppendAsync(session, "late", owner: null, new Happened(1), Token);
        await session.FlushAsync(Token);
        await facts.PublishAsync("early", "early");
        var consumer = new TestConsumer();
        ConsumerWorker worker = facts.Worker(consumer);
        await FactsHarness.DrainAsync(worker);

        await transaction.CommitAsync(Token);
        await facts.SequenceAllAsync();
        await FactsHarness.DrainAsync(worker);

        Assert.Equal([1, 2, 3], await facts.EffectsAsync(consumer));
    }

    [Fact]
    public async Task More_facts_of_one_transaction_than_wait_for_a_statement_keep_their_order()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        string[] keys = [.. Enumerable.Range(0, 600).Select(n => n.ToString(CultureInfo.InvariantCulture))];

        await facts.AppendAsync(keys);
        await facts.SequenceAllAsync();

        Assert.Equal(keys, await facts.RowsAsync("select key from facts.stream order by position"));
        await facts.AssertGaplessAsync(600);
    }

    [Fact]
    public async Task Facts_of_a_transaction_that_rolls_back_leave_no_gap()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        (NpgsqlConnection connection, NpgsqlTransaction transaction, DbSession session) = await facts.OpenTransactionAsync();
        await using NpgsqlConnection open = connection;
        await facts.Writer.AppendAsync(session, "never", owner: null, new Happened(1), Token);
        await session.FlushAsync(Token);
        await facts.PublishAsync("a");
        await transaction.RollbackAsync(Token);

        await facts.PublishAsync("b");

        await facts.AssertGaplessAsync(2);
    }

    [Fact]
    public async Task Facts_of_one_transaction_keep_their_order()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();

        await facts.PublishAsync("c", "a", "b", "a");

        Assert.Equal(["c", "a", "b", "a"], await facts.RowsAsync("select key from facts.stream order by position"));
    }

    [Fact]
    public async Task Facts_appended_as_one_list_keep_its_order()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        List<(string, Happened)> list = [.. Enumerable.Range(1, 1500).Select(version => ($"key{version % 7}", new Happened(version)))];

        await facts.UnitOfWork.RunAsync((session, token) => facts.Writer.AppendManyAsync(session, list, token), Token);
        await facts.SequenceAllAsync();

        await facts.AssertGaplessAsync(1500);
        Assert.Equal(0L, await facts.ValueAsync<long>(
            "select count(*) from facts.stream where position <> (payload ->> 'version')::bigint"));
    }

    [Fact]
    public async Task More_facts_than_one_turn_takes_keep_their_order()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendManyAsync("a", 1201);

        int first = await facts.Sequencer().RunTurnAsync(Token);
        await facts.SequenceAllAsync();

        Assert.Equal(500, first);
        await facts.AssertGaplessAsync(1201);
        Assert.Equal(0L, await facts.ValueAsync<long>("select count(*) from facts.stream where position <> pending_id"));
    }

    /// <summary>Writers race for few entities beside running sequencers; each fact carries the version of its guarded update.</summary>
    [Fact]
    public async Task Writers_on_one_entity_are_never_reordered_whatever_the_interleaving()
    {
        const int Writers = 6;
        const int Rounds = 60;
        int seed = Random(TestContext.Current);
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AsOwnerAsync("insert into test.entity (key) values ('a'), ('b'), ('c')");
        using var written = CancellationTokenSource.CreateLinkedTokenSource(Token);

        Task[] sequencers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(
            async () =>
            {
                SequencerWorker sequencer = facts.Sequencer(facts.NewProcess());
                while (!written.IsCancellationRequested)
                    await sequencer.RunTurnAsync(Token);
            },
            Token))];
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            () => WriteAsync(facts, new Random(seed + writer), Rounds), Token)));
        await written.CancelAsync();
        await Task.WhenAll(sequencers);
        await facts.SequenceAllAsync();

        await facts.AssertGaplessAsync(Writers * Rounds);
        Assert.Empty(await facts.RowsAsync("""
            select key, position, version, expected
            from   (select key, position, (payload ->> 'version')::bigint as version,
                           row_number() over (partition by key order by position) as expected
                    from   facts.stream) as s
            where  version <> expected
            """));
    }

    [Fact]
    public async Task Two_sequencers_at_once_place_every_fact_once()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendManyAsync("a", 4000);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                SequencerWorker sequencer = facts.Sequencer(facts.NewProcess());
                for (int turn = 0; turn < 20; turn++)
                    await sequencer.RunTurnAsync(Token);
            },
            Token)));
        await facts.SequenceAllAsync();

        await facts.AssertGaplessAsync(4000);
        Assert.Equal(0L, await facts.ValueAsync<long>("select count(*) from facts.stream where position <> pending_id"));
    }

    [Fact]
    public async Task A_sequencer_that_finds_another_at_work_goes_home_without_waiting()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendAsync("a");
        (NpgsqlConnection connection, NpgsqlTransaction transaction, DbSession session) = await facts.OpenTransactionAsync();
        await using NpgsqlConnection open = connection;
        await session.Sql("select position from facts.head for update").ExecuteAsync(Token);
        long started = Stopwatch.GetTimestamp();

        int moved = await facts.Sequencer().RunTurnAsync(Token);

        Assert.Equal(0, moved);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(3));
        await transaction.RollbackAsync(Token);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_open_write_transaction_stalls_neither_sequencer_nor_consumer(bool inAnotherDatabase)
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await using FactsHarness other = await FactsHarness.CreateAsync();
        (NpgsqlConnection connection, NpgsqlTransaction transaction, DbSession session) =
            await (inAnotherDatabase ? other : facts).OpenTransactionAsync();
        await using NpgsqlConnection open = connection;
        await session.Sql("insert into test.entity (key) values ('held')").ExecuteAsync(Token);
        var consumer = new TestConsumer();

        await facts.PublishAsync("a", "b");
        await FactsHarness.DrainAsync(facts.Worker(consumer));

        Assert.Equal([1, 2], await facts.EffectsAsync(consumer));
        await transaction.RollbackAsync(Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_move_whose_commit_lost_its_connection_happens_once(bool committed)
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendManyAsync("a", 7);
        await using TcpProxy proxy = TcpProxy.Start(facts.Postgres.Server.Port);
        SequencerWorker sequencer = facts.Sequencer(facts.NewProcess(port: proxy.Port));
        if (committed)
            proxy.CutAfterCommit();
        else
            proxy.CutBeforeCommit();

        await Assert.ThrowsAsync<CommitUnknownException>(() => sequencer.RunTurnAsync(Token));
        await Eventually.TrueAsync(
            async () => await sequencer.RunTurnAsync(Token) == (committed ? 0 : 7), TimeSpan.FromSeconds(10), "the next turn", Token);

        await facts.AssertGaplessAsync(7);
    }

    [Fact]
    public async Task A_sequencer_ended_in_the_middle_of_a_move_loses_nothing()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendManyAsync("a", 3);
        (NpgsqlConnection connection, NpgsqlTransaction _, DbSession session) = await facts.OpenTransactionAsync();
        await session.Sql("select position from facts.head for update").ExecuteAsync(Token);
        await session.Sql("delete from facts.pending").ExecuteAsync(Token);

        await facts.Postgres.CutConnectionsAsync(Token);
        await facts.SequenceAllAsync();

        await facts.AssertGaplessAsync(3);
        // Closing it meets the message that the server left.
        await Assert.ThrowsAsync<PostgresException>(async () => await connection.DisposeAsync());
    }

    [Fact]
    public async Task The_boundary_is_passed_after_facts_moved_and_not_without()
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.AppendAsync("a");
        var passed = new List<string>();
        using (Boundary.Observe(passed.Add))
        {
            await facts.Sequencer().RunTurnAsync(Token);
            await facts.Sequencer().RunTurnAsync(Token);
        }

        Assert.Equal([Boundary.FactsMoved], passed);
    }

    private static int Random(ITestContext context) =>
        Environment.GetEnvironmentVariable("CHAINEXEC_TEST_SEED") is { } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : HashCode.Combine(context.Test?.UniqueID, TimeProvider.System.GetTimestamp());

    private static async Task WriteAsync(FactsHarness facts, Random random, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            string key = ((char)('a' + random.Next(3))).ToString();
            TimeSpan before = TimeSpan.FromMilliseconds(random.Next(4));
            TimeSpan after = TimeSpan.FromMilliseconds(random.Next(4));
            await facts.UnitOfWork.RunAsync(
                async (session, token) =>
                {
                    await Task.Delay(before, TimeProvider.System, token);
                    long version = await session.Sql("update test.entity set version = version + 1 where key = @key returning version")
                        .With("key", key).ScalarAsync<long>(token);
                    await facts.Writer.AppendAsync(session, key, owner: null, new Happened(version), token);
                    await Task.Delay(after, TimeProvider.System, token);
                },
                Token);
        }
    }
}
