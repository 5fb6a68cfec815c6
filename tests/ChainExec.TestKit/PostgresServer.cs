using System.Globalization;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.TestKit;

/// <summary>
/// A PostgreSQL server of its own, in a temporary folder, for as long as a test process runs. A direct child, so that a test can kill it
/// and wait until it is really gone.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string TemplateName = "ce_template";
    private const string MemoryFolder = "/dev/shm";
    private const long MemoryFreeMin = 4L << 30;
    private const int SignalFastShutdown = 2;
    private const int SignalImmediateShutdown = 3;
    private const int StartAttemptsMax = 5;
    private static readonly TimeSpan InitDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DumpDeadline = TimeSpan.FromSeconds(60);
    private static readonly SemaphoreSlim SharedGate = new(1);
    private static PostgresServer? s_shared;

    private readonly PostgresServerOptions _options;
    private readonly PostgresBinaries _binaries;
    private readonly SemaphoreSlim _templateGate = new(1);
    private readonly string _folder;
    private ChildProcess? _process;
    private bool _templateReady;
    private int _databases;

    private PostgresServer(PostgresServerOptions options, PostgresBinaries binaries, string folder)
    {
        _options = options;
        _binaries = binaries;
        _folder = folder;
    }

    /// <summary>The TCP port on 127.0.0.1. The same again after a restart.</summary>
    public int Port { get; private set; }

    /// <summary>A superuser's connection to the database <c>postgres</c>.</summary>
    public string AdminConnectionString => ConnectionString("postgres", "postgres");

    private string DataFolder => Path.Combine(_folder, "data");

    /// <summary>The server that all tests of this process share: started by the first who asks, stopped when the process ends.</summary>
    public static async Task<PostgresServer> SharedAsync(CancellationToken cancellationToken)
    {
        await SharedGate.WaitAsync(cancellationToken);
        try
        {
            if (s_shared == null)
            {
                s_shared = await StartAsync(new PostgresServerOptions { InMemory = true }, cancellationToken);
                AppDomain.CurrentDomain.ProcessExit += (_, _) => s_shared.Abandon();
            }

            return s_shared;
        }
        finally
        {
            SharedGate.Release();
        }
    }

    /// <summary>Creates a cluster in a new temporary folder and starts it.</summary>
    /// <exception cref="InvalidOperationException">There are no server binaries, or the server does not start; says why.</exception>
    public static async Task<PostgresServer> StartAsync(PostgresServerOptions options, CancellationToken cancellationToken)
    {
        PostgresBinaries binaries = PostgresBinaries.Find();
        string folder = NewFolder(options.InMemory);
        Reaper.RemoveFolder(folder);
        PostgresServer server = new(options, binaries, folder);
        try
        {
            await PostgresBinaries.GiveToServerUserAsync(folder, cancellationToken);
            await binaries.RunAsync(
                "initdb",
                ["-D", server.DataFolder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
                    "--no-instructions"],
                InitDeadline,
                cancellationToken);
            await server.LaunchOnFreePortAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection string for one database and role. Local connections are trusted, so there is no password in it.</summary>
    public string ConnectionString(string database, string role) =>
        $"Host=127.0.0.1;Port={Port};Database={database};Username={role};Maximum Pool Size=40;Timeout=15;Command Timeout=60;"
        + "Include Error Detail=true";

    /// <summary>A new database with the current schema: a clone of a template that is migrated once per server.</summary>
    public async Task<PostgresDatabase> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        await _templateGate.WaitAsync(cancellationToken);
        try
        {
            if (!_templateReady)
            {
                await ExecuteAsync($"create database {TemplateName}", cancellationToken);
                string template = ConnectionString(TemplateName, "postgres") + ";Pooling=false";
                await Migrator.MigrateAsync(template, cancellationToken);
                _templateReady = true;
            }
        }
        finally
        {
            _templateGate.Release();
        }

        return await CreateAsync($"template {TemplateName}", cancellationToken);
    }

    /// <summary>A new database without any schema of ours, for tests of the migrations.</summary>
    public Task<PostgresDatabase> CreateEmptyDatabaseAsync(CancellationToken cancellationToken) =>
        CreateAsync("template template0", cancellationToken);

    /// <summary>Runs <c>pg_dump</c> of the server's own version on one database, into a file.</summary>
    internal Task DumpAsync(string database, string file, IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync(
            _binaries.PathOf("pg_dump"),
            ["-h", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-f", file, .. arguments, database],
            DumpDeadline,
            cancellationToken);

    /// <summary>SIGKILL to the server, as a power cut would; waits until all its processes are gone.</summary>
    public async Task KillAsync()
    {
        ChildProcess process = _process ?? throw new InvalidOperationException("The server is not running.");
        await process.KillAsync();
        await process.DisposeAsync();
        _process = null;
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>A fast shutdown: open transactions are rolled back, everything is flushed.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        ChildProcess process = _process ?? throw new InvalidOperationException("The server is not running.");
        process.Signal(SignalFastShutdown);
        await process.WaitForExitAsync(StopDeadline, cancellationToken);
        await process.DisposeAsync();
        _process = null;
        NpgsqlConnection.ClearAllPools();
    }

    /// <summary>Starts again on the same data and port, after <see cref="KillAsync"/> or <see cref="StopAsync"/>.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            string? refusal = await LaunchAsync(cancellationToken);
            if (refusal == null)
                return;
            // Orphaned backends of a killed server need a moment to notice, and hold the shared memory until then.
            if (attempt == StartAttemptsMax * 4)
                throw new InvalidOperationException($"PostgreSQL did not start again:\n{refusal}");
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Stops the server without flushing and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process != null)
        {
            _process.Signal(SignalImmediateShutdown);
            await _process.WaitForExitAsync(StopDeadline, CancellationToken.None);
            await _process.DisposeAsync();
            _process = null;
        }

        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    internal async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = new(AdminConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    internal async Task<PostgresDatabase> CreateAsync(string template, CancellationToken cancellationToken)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"ce_test_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"create database {name} {template}", cancellationToken);
        return new PostgresDatabase(this, name);
    }

    private static string NewFolder(bool inMemory)
    {
        var memory = new DriveInfo(MemoryFolder);
        return inMemory && memory.IsReady && memory.AvailableFreeSpace >= MemoryFreeMin
            ? Directory.CreateDirectory(Path.Combine(MemoryFolder, "ce-pg-" + Path.GetRandomFileName())).FullName
            : Directory.CreateTempSubdirectory("ce-pg-").FullName;
    }

    // The process is about to end: no waiting for flushes that nobody will read.
    private void Abandon() => DisposeAsync().AsTask().Wait(StopDeadline);

    private async Task LaunchOnFreePortAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Port = FreePort.Take();
            string? refusal = await LaunchAsync(cancellationToken);
            if (refusal == null)
                return;
            if (attempt == StartAttemptsMax)
                throw new InvalidOperationException($"PostgreSQL did not start:\n{refusal}");
        }
    }

    /// <summary>Null when it is ready, else what it wrote before it ended.</summary>
    private async Task<string?> LaunchAsync(CancellationToken cancellationToken)
    {
        // No socket file: only TCP, which is what the tests put a proxy into, and no limit on the length of the folder's name.
        string[] settings =
        [
            $"port={Port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", $"fsync={(_options.Fsync ? "on" : "off")}",
            $"max_connections={_options.ConnectionsMax}", "shared_buffers=128MB", "max_wal_size=512MB",
            "log_line_prefix=%m [%p] ", "timezone=UTC",
            .. _options.Settings,
        ];
        ChildProcess process = _binaries.Start("postgres", ["-D", DataFolder, .. settings.SelectMany(setting => new[] { "-c", setting })]);
        bool ready = false;
        await Eventually.TrueAsync(
            async () => (ready = await AnswersAsync(cancellationToken)) || process.HasExited,
            ReadyDeadline,
            "PostgreSQL answers or ends",
            () => Task.FromResult(process.Tail()),
            cancellationToken);
        if (ready && !process.HasExited)
        {
            _process = process;
            return null;
        }

        string output = process.Tail();
        await process.DisposeAsync();
        return output;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = new(AdminConnectionString + ";Pooling=false");
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            // Not listening yet, or still replaying its log ("the database system is starting up").
            return false;
        }
    }
}
