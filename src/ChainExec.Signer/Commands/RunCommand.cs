using System.Net.Sockets;
using System.Security.Cryptography;
using ChainExec.Signer.Http;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Keys;
using ChainExec.Signer.Policy;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Commands;

/// <summary>Runs the signer until it is told to stop.</summary>
internal static partial class RunCommand
{
    private const int TokenBytesMin = 32;
    private const int RequestBytesMax = 256 * 1024;
    private const int ConnectionsMax = 64;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Starts, serves, and zeroes the keys at the end. Throws <see cref="SignerStartException"/> and <see cref="JournalException"/>.
    /// </summary>
    internal static async Task RunAsync(RunOptions options, TimeProvider clock, CancellationToken cancellationToken)
    {
        PosixFile.ForbidDumps();
        PosixFile.CreateOnlyForOwner();

        using ILoggerFactory loggers = CreateLoggers();
        ILogger logger = loggers.CreateLogger("ChainExec.Signer");

        SigningPolicy policy = PolicyReader.ReadFile(options.Policy);
        var token = new BearerToken(SecretFile.Read(options.TokenFile, "token", TokenBytesMin));
        using KeyRing keys = LoadKeys(options);
        WarnOfOpenFiles(options, logger);
        if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") != "0")
            LogDiagnosticsOn(logger);

        var index = new JournalIndex();
        using JournalFile journal = JournalFile.Open(options.Journal, clock, loggers.CreateLogger<JournalFile>(), index.Apply);
        Enrolment.Check(keys, journal, index, clock.GetUtcNow());
        var signing = new SigningService(keys, policy, journal, index, clock, loggers.CreateLogger<SigningService>());

        // Only now: whoever holds the journal's lock owns the socket too, so a stale one may go.
        RemoveStaleSocket(options.Socket);
        await using WebApplication app = CreateApplication(options.Socket, loggers);
        new SignerApi(signing, keys, token).Map(app);
        await app.StartAsync(cancellationToken);
        File.SetUnixFileMode(options.Socket, OwnerOnly);
        LogStarted(logger, keys.Accounts.Count, journal.Id, journal.Entries, options.Socket);

        await app.WaitForShutdownAsync(cancellationToken);
        LogStopped(logger);
    }

    private static KeyRing LoadKeys(RunOptions options)
    {
        byte[] password = SecretFile.Read(options.PasswordFile, "password", bytesMin: 1);
        try
        {
            return KeyRing.Load(options.Keystore, password);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    /// <summary>
    /// Built empty: no configuration source, environment variable or start-up hook of the framework can add a listener or a log.
    /// </summary>
    private static WebApplication CreateApplication(string socket, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.ListenUnixSocket(socket);
        });
        return builder.Build();
    }

    private static ILoggerFactory CreateLoggers() => LoggerFactory.Create(logging => logging
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        })
        .AddFilter("Microsoft", LogLevel.Warning)
        .SetMinimumLevel(LogLevel.Information));

    private static void RemoveStaleSocket(string path)
    {
        if (!File.Exists(path))
            return;

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // Refused is what a socket says whose process is gone; it is also what a plain file says, which is not ours to remove.
            if (new FileInfo(path).Length > 0)
                throw new SignerStartException($"{path} is a file, not a socket.", exception);
            File.Delete(path);
            return;
        }

        throw new SignerStartException($"Another process listens on {path}.");
    }

    private static void WarnOfOpenFiles(RunOptions options, ILogger logger)
    {
        foreach (string path in Directory.GetFiles(options.Keystore, "*.json").Append(options.TokenFile).Append(options.PasswordFile))
        {
            if (SecretFile.IsOpenToOthers(path))
                LogOpenFile(logger, path);
        }
    }

    [LoggerMessage(EventId = 7201, Level = LogLevel.Information,
        Message = "Signer ready: {Accounts} accounts, journal {Journal} with {Entries} records, socket {Socket}")]
    private static partial void LogStarted(ILogger logger, int accounts, string journal, long entries, string socket);

    [LoggerMessage(EventId = 7202, Level = LogLevel.Information, Message = "Signer stopped")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(EventId = 7203, Level = LogLevel.Warning,
        Message = "{Path} can be read or written by other users; its mode should be 0600")]
    private static partial void LogOpenFile(ILogger logger, string path);

    [LoggerMessage(EventId = 7204, Level = LogLevel.Warning,
        Message = "The runtime's diagnostic port is open to processes of this user; start the signer with DOTNET_EnableDiagnostics=0")]
    private static partial void LogDiagnosticsOn(ILogger logger);
}
