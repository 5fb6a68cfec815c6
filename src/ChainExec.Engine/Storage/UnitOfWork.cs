using System.Net.Sockets;
using Npgsql;

namespace ChainExec.Storage;

/// <summary>
/// Runs one short READ COMMITTED transaction. The one place where a deadlock or serialisation failure is retried, and where a connection
/// lost at COMMIT is resolved: by reading the unit's unique key, never by assuming.
/// </summary>
internal sealed class UnitOfWork(Database database, WakeUp wakeUp, TimeProvider clock)
{
    private const int AttemptsMax = 5;
    private const int CommitProbesMax = 20;

    // Npgsql has no name for it: idle_in_transaction_session_timeout ended the session.
    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>
    /// Runs <paramref name="work"/>. When the connection is lost at COMMIT this throws <see cref="CommitUnknownException"/>: use it where
    /// the next turn reads the state anew (leases, cursors, compare-and-set).
    /// </summary>
    public Task<T> RunAsync<T>(Func<DbSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        RunAsync<T>(work, findOutcome: null, cancellationToken);

    public Task RunAsync(Func<DbSession, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        RunAsync(
            async (session, token) =>
            {
                await work(session, token);
                return true;
            },
            cancellationToken);

    /// <summary>
    /// Runs <paramref name="work"/>; an unknown COMMIT is resolved by <paramref name="findOutcome"/>, which reads the unit's unique key and
    /// answers (found, outcome). Not found means that nothing was committed, and the unit is tried again.
    /// </summary>
    public async Task<T> RunAsync<T>(
        Func<DbSession, CancellationToken, Task<T>> work,
        Func<DbSession, CancellationToken, Task<(bool Found, T? Outcome)>>? findOutcome,
        CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await OnceAsync(work, isProbed: findOutcome is not null, cancellationToken);
            }
            catch (PostgresException exception) when (IsConflict(exception) && attempt < AttemptsMax)
            {
                await clock.Delay(TimeSpan.FromMilliseconds(10 * attempt * attempt), cancellationToken);
            }
            catch (CommitUnknownException exception) when (findOutcome is not null)
            {
                (bool found, T? outcome) = await ProbeAsync(exception, findOutcome, cancellationToken);
                if (found)
                {
                    wakeUp.Pulse();
                    return outcome!;
                }

                if (attempt == AttemptsMax)
                    throw;
            }
        }
    }

    /// <summary>
    /// Whether it waited too long for a lock or for a statement: what is done for many at once is then tried for fewer.
    /// </summary>
    public static bool IsImpatience(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled };

    /// <summary>
    /// Whether work on many at once failed in a way that says nothing about each of them, so that trying them one by one is right.
    /// </summary>
    public static bool IsWorthTryingApart(Exception exception) =>
        exception is not OperationCanceledException && (!IsDatabaseFault(exception) || IsImpatience(exception));

    /// <summary>Whether the database or the way to it is the cause, so that trying again later is right.</summary>
    public static bool IsDatabaseFault(Exception exception) => exception switch
    {
        CommitUnknownException => true,
        PostgresException postgres => IsConflict(postgres) || IsOutage(postgres.SqlState),
        NpgsqlException or SocketException or TimeoutException => true,
        _ => false,
    };

    // The last two: a statement that was prepared is gone (a pooler) or answers with other columns (a migration under a running server).
    private static bool IsConflict(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.FeatureNotSupported;

    // By class of the SQL standard: 08 connection (but not a malformed message, which is a bug), 53 out of memory, disk or connections,
    // 57 shutdown and cancelled statements, 58 the system below. A read-only transaction means that we reached a standby.
    private static bool IsOutage(string sqlState) =>
        (sqlState.StartsWith("08", StringComparison.Ordinal) && sqlState != PostgresErrorCodes.ProtocolViolation)
        || sqlState.StartsWith("53", StringComparison.Ordinal)
        || sqlState.StartsWith("57", StringComparison.Ordinal)
        || sqlState.StartsWith("58", StringComparison.Ordinal)
        || sqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ReadOnlySqlTransaction
            or IdleInTransactionTimeout or PostgresErrorCodes.StatementCompletionUnknown;

    private async Task<T> OnceAsync<T>(
        Func<DbSession, CancellationToken, Task<T>> work, bool isProbed, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = new DbSession(connection, transaction);
        T result = await work(session, cancellationToken);
        string? transactionId = null;
        if (!session.IsAborted && isProbed)
            transactionId = await session.FlushAndIdentifyAsync(cancellationToken);
        else if (!session.IsAborted)
            await session.FlushAsync(cancellationToken);
        // PostgreSQL answers the COMMIT of a failed transaction with a quiet ROLLBACK, which would look like success from here.
        if (session.IsAborted)
            throw new InvalidOperationException("A statement failed and the unit went on as if it had not: nothing was committed.");
        try
        {
            // Past the point of no return: a cancelled COMMIT may still have happened.
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception exception) when (LeavesCommitUnknown(exception))
        {
            throw new CommitUnknownException(exception) { TransactionId = transactionId };
        }

        if (session.WakesWorkers)
            wakeUp.Pulse();
        return result;
    }

    // An ERROR comes before the commit record and means rolled back; a session that ends (FATAL, PANIC) may end after it.
    private static bool LeavesCommitUnknown(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.InvariantSeverity != "ERROR",
        NpgsqlException or IOException or SocketException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

    // The first transaction may still be committing on the server while we ask, and a row that it inserts is invisible to any read until
    // then, also to a locking one. So its end is awaited before the key is read. An unreachable database is asked again, within a bound.
    private async Task<(bool Found, T? Outcome)> ProbeAsync<T>(
        CommitUnknownException unknown,
        Func<DbSession, CancellationToken, Task<(bool Found, T? Outcome)>> findOutcome,
        CancellationToken cancellationToken)
    {
        Exception cause = unknown;
        for (int probe = 1; ; probe++)
        {
            try
            {
                if (!await IsUnderWayAsync(unknown.TransactionId, cancellationToken))
                    return await OnceAsync(findOutcome, isProbed: false, cancellationToken);
            }
            catch (Exception exception) when (IsDatabaseFault(exception))
            {
                cause = exception;
            }

            if (probe == CommitProbesMax)
                throw new CommitUnknownException(cause);
            await clock.Delay(TimeSpan.FromMilliseconds(50 * probe), cancellationToken);
        }
    }

    private async Task<bool> IsUnderWayAsync(string? transactionId, CancellationToken cancellationToken)
    {
        if (transactionId is null)
            return false;
        try
        {
            IReadOnlyList<bool> rows = await database.ReadAsync(
                "select coalesce(pg_xact_status(cast(@id as xid8)) = 'in progress', false)",
                statement => statement.With("id", transactionId),
                reader => reader.GetBoolean(0),
                cancellationToken);
            return rows[0];
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidParameterValue)
        {
            // "In the future": this server never heard of it, as after a failover that lost it. The key then says what is true here.
            return false;
        }
    }
}

/// <summary>The connection was lost while COMMIT was under way: the transaction may or may not have happened.</summary>
internal sealed class CommitUnknownException(Exception inner) : Exception("The outcome of a COMMIT is unknown.", inner)
{
    /// <summary>PostgreSQL's id of the transaction, to ask a server whether it still runs; null when it was not read.</summary>
    public string? TransactionId { get; init; }
}
