using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using ChainExec.Custody;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Signer.Tests;

/// <summary>
/// The signer as it is run: its own process, on a Unix socket, with a keystore, a token and a policy in a folder of its own.
/// </summary>
internal sealed class SignerProcess : IAsyncDisposable
{
    private const int LinesMax = 10_000;

    private static readonly TimeSpan s_startMax = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    public SignerProcess()
    {
        _folder.Write("password", Password + "\n");
        _folder.Write("token", Token + "\n");
        _folder.Write("policy.json", Policies.Json(perDay: "1000000", extra: Policies.Batches));
        Directory.CreateDirectory(_folder.Path("keys"));
        using PrivateKey key = Ask.AliceKey();
        _folder.Write("keys/alice.json", Keystore.Encrypt(key, Encoding.UTF8.GetBytes(Password), new KeystoreCost(2, 8, 1)));
    }

    public static string Password => "correct horse battery staple";

    public static string Token => "0123456789abcdef0123456789abcdef-token";

    public ConcurrentQueue<string> Output { get; } = [];

    public string SocketPath => _folder.Path("s");

    public TemporaryFolder Folder => _folder;

    public SignerOptions ClientOptions => new()
    {
        SocketPath = SocketPath,
        TokenFile = _folder.Path("token"),
        Timeout = TimeSpan.FromSeconds(20),
    };

    public SignerClient Client() => new(ClientOptions, TimeProvider.System);

    /// <summary>Starts the process and returns when it says that it is ready.</summary>
    public async Task StartAsync(string? killAt = null)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = Launch(killAt, RunArguments, ready);
        Task ended = _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Task first = await Task.WhenAny(ready.Task, ended)
            .WaitAsync(s_startMax, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.True(first == ready.Task, "The signer ended instead of starting: " + string.Join('\n', Output));
    }

    /// <summary>Runs to the end and returns the exit code; what does not end is ended, and says so.</summary>
    public Task<int> RunToEndAsync(params string[] arguments) => RunToEndAsync(null, arguments);

    /// <summary>The same, and it kills itself at a place.</summary>
    public async Task<int> RunToEndAsync(string? killAt, string[] arguments)
    {
        using Process process = Launch(killAt, arguments.Length == 0 ? RunArguments : arguments, null);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(s_startMax, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        finally
        {
            process.Kill();
        }

        return process.ExitCode;
    }

    /// <summary>Waits until the process has died by itself and returns its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Asks the process to stop (SIGTERM) and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using Process kill = Process.Start("/bin/kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await ExitAsync();
    }

    /// <summary>Ends the process without warning (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process?.Dispose();
        _folder.Dispose();
    }

    /// <summary>Bare HTTP over the socket.</summary>
    public HttpMessageInvoker Http() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    /// <summary>Sends one request and reads the answer.</summary>
    public static async Task<(HttpStatusCode Status, string Body)> SendAsync(
        HttpMessageInvoker http, HttpMethod method, string path, string? body, string? authorization)
    {
        using var request = new HttpRequestMessage(method, new Uri("http://signer" + path));
        if (authorization is not null)
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");

        // A body that the server refuses is then never sent, so its answer cannot race with a broken pipe.
        request.Headers.ExpectContinue = body is not null;
        using HttpResponseMessage response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public string[] RunArguments =>
    [
        "run", "--socket", SocketPath, "--token-file", _folder.Path("token"), "--keystore", _folder.Path("keys"),
        "--password-file", _folder.Path("password"), "--policy", _folder.Path("policy.json"), "--journal", _folder.Path("journal"),
    ];

    private Process Launch(string? killAt, string[] arguments, TaskCompletionSource? ready)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "chainexec-signer.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (killAt is not null)
            start.Environment["CHAINEXEC_KILL_AT"] = killAt;

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data, ready);
        process.ErrorDataReceived += (_, line) => Keep(line.Data, ready);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        return process;
    }

    private void Keep(string? line, TaskCompletionSource? ready)
    {
        if (line is null || Output.Count >= LinesMax)
            return;

        Output.Enqueue(line);
        if (line.Contains("Signer ready", StringComparison.Ordinal))
            ready?.TrySetResult();
    }
}
