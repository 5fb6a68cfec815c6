using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

public sealed class UnitOfWorkTests
{
    private static CancellationToken Token => StorageHarness.Token;

    [Fact]
    public async Task A_deadlock_is_resolved_by_trying_the_victim_again()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        int attempts = 0;
        using var bothHoldOne = new Barrier(2);
        Task Transfer(string first, string second)
        {
            bool met = false;
            return storage.UnitOfWork.RunAsync(
                async (session, token) =>
                {
                    Interlocked.Increment(ref attempts);
                    await AddAsync(session, first, token);
                    if (!met)
                    {
                        met = true;
                        await Task.Run(() => bothHoldOne.SignalAndWait(token), token);
                    }

                    await AddAsync(session, second, token);
                },
                Token);
        }

        await Task.WhenAll(Transfer("a", "b"), Transfer("b", "a"));

        Assert.Equal(3, attempts);
        Assert.Equal(2, await storage.CountAsync("test.account where balance = 2"));
    }

    [Theory]
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    public async Task A_conflict_that_never_ends_is_given_up_after_five_attempts(string sqlState)
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        int attempts = 0;

        PostgresException conflict = await Assert.ThrowsAsync<PostgresException>(() => storage.UnitOfWork.RunAsync(
            (session, token) =>
            {
                attempts++;
                return RaiseAsync(session, sqlState, token);
            },
            Token));

        Assert.Equal((sqlState, 5), (conflict.SqlState, attempts));
    }

    [Fact]
    public async Task What_is_no_conflict_is_not_tried_again()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        int attempts = 0;

        await Assert.ThrowsAsync<PostgresException>(() => storage.UnitOfWork.RunAsync(
            (session, token) =>
            {
                attempts++;
                return RaiseAsync(session, PostgresErrorCodes.UniqueViolation, token);
            },
            Token));

        Assert.Equal(1, attempts);
    }

    [Fact]
    public async Task What_is_left_for_later_is_there_for_the_next_statement_and_at_the_commit()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        long seen = await storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                InsertLater(session, "first");
                long count = await session.Sql("select count(*) from test.job").ScalarAsync<long>(token);
                InsertLater(session, "second");
                return count;
            },
            Token);

        Assert.Equal(1, seen);
        Assert.Equal(2, await storage.CountAsync("test.job"));
    }

    [Fact]
    public async Task What_is_left_for_later_and_refused_undoes_the_unit()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => storage.UnitOfWork.RunAsync(
            (session, _) =>
            {
                InsertLater(session, "same");
                InsertLater(session, "same");
                return Task.CompletedTask;
            },
            Token));

        Assert.Equal(PostgresErrorCodes.UniqueViolation, refused.SqlState);
        Assert.Equal(0, await storage.CountAsync("test.job"));
    }

    [Fact]
    public async Task What_is_left_for_later_after_a_savepoint_is_undone_with_it_and_what_was_before_stays()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        await storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                InsertLater(session, "before");
                await session.SavepointAsync("here", token);
                InsertLater(session, "after");
                await session.RollbackToAsync("here", token);
            },
            Token);

        Assert.Equal(1, await storage.CountAsync("test.job where key = 'before'"));
        Assert.Equal(1, await storage.CountAsync("test.job"));
    }

    [Fact]
    public async Task Work_that_throws_leaves_nothing()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                await StorageHarness.InsertAsync(session, "k", token);
                throw new InvalidOperationException("after the write");
            },
            Token));

        Assert.Equal(0, await storage.CountAsync("test.job"));
    }

    /// <summary>PostgreSQL answers COMMIT with ROLLBACK here, and the driver reports success.</summary>
    [Fact]
    public async Task A_unit_that_swallowed_a_failed_statement_does_not_pass_for_committed()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                await StorageHarness.InsertAsync(session, "k", token);
                await Assert.ThrowsAsync<PostgresException>(() => RaiseAsync(session, PostgresErrorCodes.UniqueViolation, token));
            },
            Token));
    }

    [Fact]
    public async Task A_failed_statement_that_a_savepoint_undid_does_not_spoil_the_unit()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        await storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                await StorageHarness.InsertAsync(session, "k", token);
                await session.SavepointAsync("part", token);
                await Assert.ThrowsAsync<PostgresException>(() => StorageHarness.InsertAsync(session, "k", token));
                await session.RollbackToAsync("part", token);
            },
            Token);

        Assert.Equal(1, await storage.CountAsync("test.job"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_lost_at_commit_is_resolved_by_the_key_and_the_work_is_done_once(bool committed)
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        int attempts = 0;
        Cut(storage, committed);

        string outcome = await storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                attempts++;
                await StorageHarness.InsertAsync(session, "k", token);
                return "worked";
            },
            (session, token) => StorageHarness.FindAsync(session, "k", token),
            Token);

        Assert.Equal(committed ? ("found", 1) : ("worked", 2), (outcome, attempts));
        Assert.Equal((1, 1), (await storage.CountAsync("test.job"), storage.Proxy.Cuts));
    }

    /// <summary>
    /// The dangerous moment: the client is cut off, asks for the key, and the row is not visible yet because the server still commits.
    /// </summary>
    [Fact]
    public async Task A_commit_still_under_way_when_asked_is_waited_for_and_the_work_is_done_once()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        NpgsqlConnection gate = await storage.HoldCommitsAsync();
        int attempts = 0;
        Task<string> unit = storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                attempts++;
                await StorageHarness.InsertAsync(session, "k", token);
                await session.Sql("insert into test.slow values ('k')").ExecuteAsync(token);
                return "worked";
            },
            (session, token) => StorageHarness.FindAsync(session, "k", token),
            Token);
        await storage.CommitIsUnderWayAsync();

        storage.Proxy.CutAll();
        await Eventually.TrueAsync(
            async () => await storage.CountAsync($"{StorageHarness.Sessions} and usename = 'ce_app' and query like '%xact_status(%'") > 0,
            TimeSpan.FromSeconds(10), "the client asks", Token);
        await gate.DisposeAsync();

        Assert.Equal("found", await unit);
        Assert.Equal((1, 1L), (attempts, await storage.CountAsync("test.job")));
    }

    [Fact]
    public async Task A_key_is_asked_for_again_while_the_database_cannot_be_reached()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        NpgsqlConnection gate = await storage.HoldCommitsAsync();
        Task<string> unit = storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                await StorageHarness.InsertAsync(session, "k", token);
                await session.Sql("insert into test.slow values ('k')").ExecuteAsync(token);
                return "worked";
            },
            (session, token) => StorageHarness.FindAsync(session, "k", token),
            Token);
        await storage.CommitIsUnderWayAsync();

        storage.Proxy.Refuse();
        await gate.DisposeAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(600), TimeProvider.System, Token);
        Assert.False(unit.IsCompleted);
        storage.Proxy.Accept();

        Assert.Equal("found", await unit);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Without_a_key_to_read_a_lost_commit_is_reported_as_unknown(bool committed, long rows)
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        Cut(storage, committed);

        await Assert.ThrowsAsync<CommitUnknownException>(
            () => storage.UnitOfWork.RunAsync((session, token) => StorageHarness.InsertAsync(session, "k", token), Token));

        Assert.Equal(rows, await storage.CountAsync("test.job"));
    }

    [Fact]
    public async Task A_refusal_at_commit_is_known_and_not_taken_for_a_lost_connection()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => storage.UnitOfWork.RunAsync(
            (session, token) => session.Sql("insert into test.child (parent) values (7)").ExecuteAsync(token), Token));

        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, refused.SqlState);
    }

    [Fact]
    public async Task A_session_that_the_server_ends_during_commit_leaves_it_unknown()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        await using NpgsqlConnection gate = await storage.HoldCommitsAsync();
        Task unit = storage.UnitOfWork.RunAsync(
            (session, token) => session.Sql("insert into test.slow values ('k')").ExecuteAsync(token), Token);
        await storage.CommitIsUnderWayAsync();

        await storage.AsOwnerAsync($"select pg_terminate_backend(pid) from {StorageHarness.Sessions} and query = 'COMMIT'");

        await Assert.ThrowsAsync<CommitUnknownException>(() => unit);
    }

    [Fact]
    public async Task A_cancellation_does_not_reach_a_commit_under_way()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        NpgsqlConnection gate = await storage.HoldCommitsAsync();
        using var cancelling = new CancellationTokenSource();
        Task<string> unit = storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                await session.Sql("insert into test.slow values ('k')").ExecuteAsync(token);
                return "worked";
            },
            cancelling.Token);
        await storage.CommitIsUnderWayAsync();

        await cancelling.CancelAsync();
        await gate.DisposeAsync();

        Assert.Equal("worked", await unit);
        Assert.Equal(1, await storage.CountAsync("test.slow"));
    }

    [Fact]
    public async Task A_cancellation_before_commit_leaves_nothing()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        using var cancelling = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                await StorageHarness.InsertAsync(session, "k", token);
                await cancelling.CancelAsync();
                await session.Sql("select 1").ExecuteAsync(token);
            },
            cancelling.Token));

        Assert.Equal(0, await storage.CountAsync("test.job"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Workers_are_woken_by_a_commit_and_not_by_a_rollback(bool commits)
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        Task pulse = storage.WakeUp.Next;

        await Record.ExceptionAsync(() => storage.UnitOfWork.RunAsync(
            (session, _) =>
            {
                session.WakeWorkersAfterCommit();
                return commits ? Task.CompletedTask : throw new InvalidOperationException("no");
            },
            Token));

        Assert.Equal(commits, pulse.IsCompleted);
    }

    [Fact]
    public async Task Nobody_waits_for_a_lock_longer_than_the_limit()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        IReadOnlyList<string> settings = await storage.Database.ReadAsync(
            "select concat_ws(' ', current_setting('lock_timeout'), current_setting('statement_timeout'), "
            + "current_setting('idle_in_transaction_session_timeout'), current_setting('transaction_isolation')) as settings",
            static _ => { }, reader => reader.Text("settings"), Token);

        Assert.Equal(["5s 15s 30s read committed"], settings);
    }

    private static void Cut(StorageHarness storage, bool committed)
    {
        if (committed)
            storage.Proxy.CutAfterCommit();
        else
            storage.Proxy.CutBeforeCommit();
    }

    private static Task AddAsync(DbSession session, string name, CancellationToken cancellationToken) =>
        session.Sql("update test.account set balance = balance + 1 where name = @name").With("name", name).ExecuteAsync(cancellationToken);

    private static void InsertLater(DbSession session, string key) =>
        session.Sql("insert into test.job (key, runs) values (@key, 1)").With("key", key).RunLater();

    private static Task RaiseAsync(DbSession session, string sqlState, CancellationToken cancellationToken) =>
        session.Sql($"do $$ begin raise exception 'raised' using errcode = '{sqlState}'; end $$").ExecuteAsync(cancellationToken);
}
