using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ChainExec.TestKit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>The service as it is run: its own process over a bench's database, node and signer, spoken to over HTTP.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());
    private readonly ChildProcess _process;
    private readonly string _key;
    private readonly Uri _url;

    private ServerProcess(ChildProcess process, Uri url, string key)
    {
        _process = process;
        _url = url;
        _key = key;
    }

    public IReadOnlyList<string> Output => _process.Output;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts the server; it ends as by kill -9 at <paramref name="killAt"/>, a name of <c>Boundary</c>.</summary>
    public static async Task<ServerProcess> StartAsync(EngineBench bench, string key, string? killAt, CancellationToken cancellationToken)
    {
        var environment = bench.Settings(bench.Database.AppConnectionString)
            .ToDictionary(setting => "CHAINEXEC_" + setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);
        environment["CHAINEXEC_Chains__0__PollInterval"] = "00:00:00.100";
        environment["CHAINEXEC_Execution__LeaseDuration"] = "00:00:02";
        environment["CHAINEXEC_KILL_AT"] = killAt;
        int port = FreePort.Take();
        ChildProcess process = ChildProcess.StartDotnet(
            Path.Combine(AppContext.BaseDirectory, "ChainExec.Server.dll"), ["--urls", $"http://127.0.0.1:{port}"], environment);
        var server = new ServerProcess(process, new Uri($"http://127.0.0.1:{port}"), key);
        await Eventually.TrueAsync(
            async () =>
                process.HasExited || await server.IsLiveAsync(
                    cancellationToken), Deadline, $"the server answers; it said: {process.Tail()}", cancellationToken);
        return server;
    }

    public Task<(int Status, JsonElement Body)> PostIntentAsync(
        object body, string idempotencyKey, CancellationToken cancellationToken) =>
        PostAsync("/v1/intents", body, idempotencyKey, cancellationToken);

    public async Task<(int Status, JsonElement Body)> PostAsync(
        string path, object body, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_url, path)) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        return await SendAsync(request, cancellationToken);
    }

    public async Task<(int Status, JsonElement Body)> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_url, path));
        return await SendAsync(request, cancellationToken);
    }

    public Task<int> WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(Deadline, cancellationToken);

    /// <summary>Whether the bytes are anywhere in the process's readable memory (Linux).</summary>
    public async Task<bool> MemoryContainsAsync(byte[] wanted, CancellationToken cancellationToken)
    {
        const int chunkBytes = 16 * 1024 * 1024;
        await using FileStream memory = new($"/proc/{_process.Id}/mem", FileMode.Open, FileAccess.Read);
        byte[] chunk = new byte[chunkBytes + wanted.Length];
        foreach (string line in await File.ReadAllLinesAsync($"/proc/{_process.Id}/maps", cancellationToken))
        {
            string[] parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            // Code and files of the disk hold nothing that this process was told.
            if (parts[1][0] != 'r' || (parts.Length > 5 && parts[5] is not ("[heap]" or "[stack]")))
                continue;
            string[] range = parts[0].Split('-');
            long start = long.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            long end = long.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (long at = start; at < end; at += chunkBytes)
            {
                int read = ReadAt(memory, at, chunk.AsSpan(0, (int)Math.Min(chunk.Length, end - at)));
                if (chunk.AsSpan(0, read).IndexOf(wanted) >= 0)
                    return true;
            }
        }

        return false;
    }

    public string Tail() => _process.Tail();

    public Task KillAsync() => _process.KillAsync();

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
    }

    private async Task<(int Status, JsonElement Body)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken));
    }

    // Reserved pages that were never committed cannot be read and hold nothing.
    private static int ReadAt(FileStream memory, long at, Span<byte> into)
    {
        try
        {
            return RandomAccess.Read(memory.SafeFileHandle, into, at);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private async Task<bool> IsLiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_url, "/health/live"));
            using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
