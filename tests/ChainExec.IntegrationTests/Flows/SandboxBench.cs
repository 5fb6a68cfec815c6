using System.Net.Http.Json;
using System.Numerics;
using System.Text;
using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Payments.Lending;
using ChainExec.Sandbox;
using ChainExec.Server.Composition;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Flows;

/// <summary>Server with the roles api and flow, and the sandbox, both in this process and both over HTTP.</summary>
internal sealed class SandboxBench : IAsyncDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly TempFolder _folder = new();
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseCookies = false });
    private PostgresDatabase _database = null!;
    private WebApplication _server = null!;
    private WebApplication _sandbox = null!;

    public Guid Owner { get; private set; }

    public string Key { get; private set; } = "";

    public string StrangersKey { get; private set; } = "";

    public static async Task<SandboxBench> StartAsync(int mischief, int seed)
    {
        var bench = new SandboxBench();
        string secret = Path.Combine(bench._folder.Path, "secret");
        string key = Convert.ToBase64String(Encoding.UTF8.GetBytes("a secret of the sandbox, for tests"));
        await File.WriteAllTextAsync(secret, $"whsec_{key}", Token);
        bench._database = await PostgresDatabase.CreateAsync(Token);
        int port = FreePort.Take();
        bench._sandbox = SandboxHost.Build(
            [],
            new Dictionary<string, string?>
            {
                ["urls"] = "http://127.0.0.1:0", ["Sandbox:Target"] = $"http://127.0.0.1:{port}", ["Sandbox:SecretFile"] = secret,
                ["Sandbox:Mischief"] = $"{mischief}", ["Sandbox:Seed"] = $"{seed}",
            });
        await bench._sandbox.StartAsync(Token);
        bench._server = ServerHost.Build([], bench.Settings(port, secret));
        await bench._server.StartAsync(Token);
        await bench.CreateOwnersAsync();
        return bench;
    }

    public Task DepositAsync(long amount) =>
        PostAsync("/exchange/deposits", new { owner = Owner, asset = "usdc", amount = $"{amount}" });

    public Task AchAsync(long amount, int? parts = null, string? refused = null) =>
        PostAsync("/bank/ach", new { owner = Owner, amount = $"{amount}", parts, refused });

    /// <summary>Sets the customer's credit line, in cents.</summary>
    public Task LineAsync(long limit) => Get<UnitOfWork>().RunAsync(
        (session, token) => Get<CreditLines>().SetAsync(session, Owner, new TokenAmount(limit), "a tester", "a test", token), Token);

    public async Task PostAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(_sandbox.Urls.Single()), path));
        request.Content = JsonContent.Create(body, options: SandboxJson.Options);
        using HttpResponseMessage response = await _http.SendAsync(request, Token);
        response.EnsureSuccessStatusCode();
    }

    public async Task<Truth> TruthAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(_sandbox.Urls.Single()), "/truth"));
        using HttpResponseMessage response = await _http.SendAsync(request, Token);
        return (await response.Content.ReadFromJsonAsync<Truth>(SandboxJson.Options, Token))!;
    }

    public async Task<JsonElement> GetAsync(string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(_server.Urls.Single()), path));
        request.Headers.Authorization = new("Bearer", key);
        using HttpResponseMessage response = await _http.SendAsync(request, Token);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    public async Task<JsonElement> TellAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(_server.Urls.Single()), path));
        request.Content = new ByteArrayContent([1, 2, 3]);
        using HttpResponseMessage response = await _http.SendAsync(request, Token);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    public async Task<BigInteger> BalanceAsync(AccountSpec account) =>
        (await Get<LedgerQueries>().FindAccountAsync(account.Code, Token))?.Balance.BaseUnits ?? BigInteger.Zero;

    public Task UntilAsync(string sql, string what) => Eventually.TrueAsync(
        async () =>
        {
            await using var connection = new NpgsqlConnection(_database.OwnerConnectionString);
            await connection.OpenAsync(Token);
            await using var command = new NpgsqlCommand(sql, connection);
            return (bool)(await command.ExecuteScalarAsync(Token))!;
        },
        TimeSpan.FromSeconds(60), what, Token);

    public async Task AssertSoundAsync()
    {
        Assert.Empty(await Get<FactQueries>().ParkedAsync(10, Token));
        Assert.Empty(await Get<LedgerQueries>().DisagreementsAsync(Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _sandbox.StopAsync(Token);
        await _server.StopAsync(Token);
        await _sandbox.DisposeAsync();
        await _server.DisposeAsync();
        await _database.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private T Get<T>()
        where T : notnull => _server.Services.GetRequiredService<T>();

    private async Task CreateOwnersAsync()
    {
        (Owner, Key) = await CreateOwnerAsync("customer");
        (_, StrangersKey) = await CreateOwnerAsync("stranger");
    }

    private Task<(Guid, string)> CreateOwnerAsync(string name) => Get<UnitOfWork>().RunAsync(
        async (session, token) =>
        {
            OwnerId owner = await Get<OwnerStore>().EnsureOwnerAsync(session, name, "test", token);
            ApiKeySecret key = await Get<OwnerStore>().CreateKeyAsync(session, owner, "test", "test", token);
            return (owner.Value, key.Text);
        },
        Token);

    private Dictionary<string, string?> Settings(int port, string secret) => new()
    {
        ["urls"] = $"http://127.0.0.1:{port}",
        ["Roles"] = "api,flow",
        ["Storage:ConnectionString"] = _database.AppConnectionString,
        ["Storage:IdlePoll"] = "00:00:00.05",
        ["Storage:IdlePollSlow"] = "00:00:00.05",
        ["Signer:SocketPath"] = "/nonexistent/signer.sock",
        ["Signer:TokenFile"] = "/nonexistent/token",
        ["Chains:0:Id"] = "31337",
        ["Chains:0:Name"] = "local",
        ["Chains:0:Finality:Mode"] = "tag",
        ["Chains:0:Finality:Quorum"] = "1",
        ["Chains:0:Providers:0:Name"] = "anvil",
        ["Chains:0:Providers:0:Http"] = "http://127.0.0.1:1",
        ["Flows:RetryDelay"] = "00:00:00.05",
        ["Flows:RetryDelayMax"] = "00:00:00.2",
        ["Flows:CircuitOpenFor"] = "00:00:00.5",
        ["Flows:Inbound:0:Provider"] = "exchange",
        ["Flows:Inbound:0:SecretFiles"] = secret,
        ["Flows:Inbound:1:Provider"] = "bank",
        ["Flows:Inbound:1:SecretFiles"] = secret,
        ["Payments:Exchange:Address"] = _sandbox.Urls.Single(),
        ["Logging:LogLevel:Default"] = "Error",
    };
}
