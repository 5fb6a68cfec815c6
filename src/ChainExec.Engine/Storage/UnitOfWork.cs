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
                return await OnceAsync(work, cancellationToken);
            }
            catch (PostgresException exception) when (IsConflict(exception) && attempt < AttemptsMax)
            {
                await clock.Delay(TimeSpan.FromMilliseconds(10 * attempt * attempt), cancellationToken);
            }
            catch (CommitUnknownException) when (findOutcome is not null && attempt < AttemptsMax)
            {
                (bool found, T? outcome) = await ProbeAsync(findOutcome, cancellationToken);
                if (found)
                    return outcome!;
            }
        }
    }

    /// <summary>Whether the database or the way to it is the cause, so that trying again later is right.</summary>
    public static bool IsDatabaseFault(Exception exception) => exception switch
    {
        CommitUnknownException => true,
        PostgresException postgres => IsConflict(postgres)
            || postgres.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled
                or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
                or PostgresErrorCodes.TooManyConnections,
        NpgsqlException or SocketException or TimeoutException => true,
        _ => false,
    };

    private static bool IsConflict(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected;

    private async Task<T> OnceAsync<T>(Func<DbSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await database.OpenAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = new DbSession(connection, transaction);
        T result = await work(session, cancellationToken);
        try
        {
            // Past the point of no return: a cancelled COMMIT may still have happened.
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception exception) when (LeavesCommitUnknown(exception))
        {
            throw new CommitUnknownException(exception);
        }

        if (session.WakesWorkers)
            wakeUp.Pulse();
        return result;
    }

    private static bool LeavesCommitUnknown(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown,
        NpgsqlException or IOException or SocketException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

    // The first transaction may still be committing on the server while we ask; its row locks make the probe wait for it, because
    // probes read their key with a locking read. An unreachable database is asked again, within a bound.
    private async Task<(bool Found, T? Outcome)> ProbeAsync<T>(
        Func<DbSession, CancellationToken, Task<(bool Found, T? Outcome)>> findOutcome, CancellationToken cancellationToken)
    {
        for (int probe = 1; ; probe++)
        {
            try
            {
                return await OnceAsync(findOutcome, cancellationToken);
            }
            catch (Exception exception) when (IsDatabaseFault(exception) && probe < CommitProbesMax)
            {
                await clock.Delay(TimeSpan.FromMilliseconds(50 * probe), cancellationToken);
            }
        }
    }
}

/// <summary>The connection was lost while COMMIT was under way: the transaction may or may not have happened.</summary>
internal sealed class CommitUnknownException(Exception inner) : Exception("The outcome of a COMMIT is unknown.", inner);
