using Npgsql;

namespace ChainExec.TestKit;

/// <summary>One database of a <see cref="PostgresServer"/>, dropped when disposed.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly PostgresServer _server;

    internal PostgresDatabase(PostgresServer server, string name)
    {
        _server = server;
        Name = name;
    }

    /// <summary>The database's name.</summary>
    public string Name { get; }

    /// <summary>The server that it lives on.</summary>
    public PostgresServer Server => _server;

    /// <summary>A superuser's connection: migrations, and looking behind the roles.</summary>
    public string OwnerConnectionString => _server.ConnectionString(Name, "postgres");

    /// <summary>The services' connection, role <c>ce_app</c>.</summary>
    public string AppConnectionString => _server.ConnectionString(Name, "ce_app");

    /// <summary>The readers' connection, role <c>ce_read</c>.</summary>
    public string ReadConnectionString => _server.ConnectionString(Name, "ce_read");

    /// <summary>A migrated database on the server that this test process shares.</summary>
    public static async Task<PostgresDatabase> CreateAsync(CancellationToken cancellationToken)
    {
        PostgresServer server = await PostgresServer.SharedAsync(cancellationToken);
        return await server.CreateDatabaseAsync(cancellationToken);
    }

    /// <summary>A copy of the present content, for a test that later restores it. Cuts every connection to this database first.</summary>
    public async Task<PostgresDatabase> CloneAsync(CancellationToken cancellationToken)
    {
        await CutConnectionsAsync(cancellationToken);
        return await _server.CreateAsync($"template {Name}", cancellationToken);
    }

    /// <summary>
    /// Replaces the content by that of a clone made earlier, as restoring a backup would. Cuts every connection; the clone stays.
    /// </summary>
    public async Task RestoreAsync(PostgresDatabase clone, CancellationToken cancellationToken)
    {
        ClearPools();
        await clone.CutConnectionsAsync(cancellationToken);
        await _server.ExecuteAsync($"drop database {Name} with (force)", cancellationToken);
        await _server.ExecuteAsync($"create database {Name} template {clone.Name}", cancellationToken);
    }

    /// <summary>Ends every session on this database from the server's side, as a failover would.</summary>
    public async Task CutConnectionsAsync(CancellationToken cancellationToken)
    {
        ClearPools();
        await _server.ExecuteAsync(
            $"select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{Name}'", cancellationToken);
    }

    /// <summary>The schema as <c>pg_dump</c> writes it: objects and grants, without owners and data.</summary>
    public async Task<string> DumpSchemaAsync(CancellationToken cancellationToken)
    {
        string file = Path.GetTempFileName();
        try
        {
            await _server.DumpAsync(Name, file, ["--schema-only", "--no-owner"], cancellationToken);
            return await File.ReadAllTextAsync(file, cancellationToken);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Drops the database, whoever is connected.</summary>
    public async ValueTask DisposeAsync()
    {
        ClearPools();
        await _server.ExecuteAsync($"drop database if exists {Name} with (force)", CancellationToken.None);
    }

    private void ClearPools()
    {
        foreach (string connectionString in new[] { OwnerConnectionString, AppConnectionString, ReadConnectionString })
        {
            using NpgsqlConnection connection = new(connectionString);
            NpgsqlConnection.ClearPool(connection);
        }
    }
}
