using Npgsql;

namespace ChainExec.Storage;

/// <summary>One open database transaction. Whoever holds it writes; the unit of work commits.</summary>
internal sealed class DbSession(NpgsqlConnection connection, NpgsqlTransaction transaction)
{
    /// <summary>Whether workers should be woken after the commit.</summary>
    public bool WakesWorkers { get; private set; }

    public Statement Sql(string sql) => new(sql, connection, transaction);

    public void WakeWorkersAfterCommit() => WakesWorkers = true;

    public Task SavepointAsync(string name, CancellationToken cancellationToken) => transaction.SaveAsync(name, cancellationToken);

    public Task RollbackToAsync(string name, CancellationToken cancellationToken) => transaction.RollbackAsync(name, cancellationToken);

    public Task ReleaseAsync(string name, CancellationToken cancellationToken) => transaction.ReleaseAsync(name, cancellationToken);
}
