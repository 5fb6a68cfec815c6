using System.Data;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Indexing;

/// <summary>
/// A session's advisory lock on one chain: it is free at once when the process that had it died, because its connection died with it. It
/// says who may take the chain; what holds a late write back is the epoch alone.
/// </summary>
internal sealed class ChainLock(Database database, long chain)
{
    private NpgsqlConnection? _session;

    /// <summary>Takes the lock, or finds it taken by this session and the session alive.</summary>
    public async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        bool isTaken = false;
        try
        {
            if (_session is not null)
            {
                isTaken = await AskAsync("select true", cancellationToken);
            }
            else
            {
                _session = await database.OpenAsync(cancellationToken);
                isTaken = await AskAsync("select pg_try_advisory_lock(hashtextextended('indexing.chain', @chain))", cancellationToken);
            }
        }
        catch (Exception exception) when (UnitOfWork.IsDatabaseFault(exception))
        {
            // The session is gone, and the lock with it; the next call begins anew.
            isTaken = false;
        }
        finally
        {
            if (!isTaken)
                await ReleaseAsync();
        }

        return isTaken;
    }

    /// <summary>Gives the lock back.</summary>
    public async Task ReleaseAsync()
    {
        if (_session is not { } session)
            return;
        _session = null;
        try
        {
            // A lost session took its lock along, and takes no statement any more.
            if (session.State is not ConnectionState.Open)
                return;

            // The pool does not reset what comes back to it: its next user would hold the chain.
            await new Statement("select pg_advisory_unlock_all()", session, transaction: null).ExecuteAsync(CancellationToken.None);
        }
        catch (Exception exception) when (UnitOfWork.IsDatabaseFault(exception))
        {
            // The lock went with the session.
            return;
        }
        finally
        {
            await session.DisposeAsync();
        }
    }

    private async Task<bool> AskAsync(string sql, CancellationToken cancellationToken) =>
        (await new Statement(sql, _session!, transaction: null).With("chain", chain)
            .ReadAsync(reader => reader.GetBoolean(0), cancellationToken))[0];
}
