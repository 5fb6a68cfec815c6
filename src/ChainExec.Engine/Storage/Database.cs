using Microsoft.Extensions.Options;
using Npgsql;

namespace ChainExec.Storage;

/// <summary>
/// The pool of connections of the service's role. Every session has lock and statement timeouts, so that nothing waits for ever.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    public Database(IOptions<StorageOptions> options)
    {
        StorageOptions values = options.Value;
        var builder = new NpgsqlConnectionStringBuilder(values.ConnectionString)
        {
            Options = FormattableString.Invariant($"-c lock_timeout={(long)values.LockTimeout.TotalMilliseconds}")
                + FormattableString.Invariant($" -c statement_timeout={(long)values.StatementTimeout.TotalMilliseconds}")
                // A host that vanished without a word is noticed within half a minute, and its session's locks are freed.
                + " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4"
                + " -c idle_in_transaction_session_timeout=30000 -c default_transaction_isolation=read\\ committed -c timezone=UTC",
            ApplicationName = "chainexec",
            MaxAutoPrepare = values.PreparedMax,
            AutoPrepareMinUsages = 2,
            // No statement of ours leaves anything in its session, and cleaning up after each of them costs as much as a read.
            NoResetOnClose = true,
            IncludeErrorDetail = false,
        };
        // A name of our own: the default one is the connection string, which then labels metrics.
        var sourceBuilder = new NpgsqlDataSourceBuilder(builder.ConnectionString) { Name = "chainexec" };
        _source = sourceBuilder.Build();
    }

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => _source.OpenConnectionAsync(cancellationToken);

    /// <summary>A read outside a unit of work: one statement, its own snapshot.</summary>
    public async Task<IReadOnlyList<T>> ReadAsync<T>(
        string sql, Action<Statement> bind, Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await OpenAsync(cancellationToken);
        var statement = new Statement(sql, connection, transaction: null);
        bind(statement);
        return await statement.ReadAsync(map, cancellationToken);
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
