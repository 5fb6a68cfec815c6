using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Server.Composition;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.IntegrationTests.Api;

/// <summary>
/// The server's API in this process on a port of its own, over a real database. No worker runs and no node or signer is there unless a
/// test says where: what admission does must not depend on them.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    internal const long Chain = 31337;
    internal const string Token = "tusd-31337";

    private readonly PostgresDatabase _database;
    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _http;

    private ApiServer(PostgresDatabase database, WebApplication app, HttpMessageInvoker http)
    {
        _database = database;
        _app = app;
        _http = http;
    }

    internal static Address TokenContract { get; } = Address.Parse("0x5FbDB2315678afecb367f032d93F642f64180aa3");

    internal static Address Recipient { get; } = Address.Parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");

    /// <summary>The token that is in the registry.</summary>
    internal Address ListedToken { get; private init; }

    internal static string Supplier => Recipient.ToString();

    internal IServiceProvider Services => _app.Services;

    internal Uri Url => new(_app.Urls.Single());

    internal PostgresDatabase Database => _database;

    internal static async Task<ApiServer> StartAsync(CancellationToken cancellationToken, Uri? node = null, Address? token = null)
    {
        PostgresDatabase database = await PostgresDatabase.CreateAsync(cancellationToken);
        WebApplication app = ServerHost.Build([], new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Roles"] = "api",
            ["Storage:ConnectionString"] = database.AppConnectionString,
            ["Signer:SocketPath"] = "/nonexistent/signer.sock",
            ["Signer:TokenFile"] = "/nonexistent/token",
            ["Chains:0:Id"] = "31337",
            ["Chains:0:Name"] = "local",
            ["Chains:0:Finality:Mode"] = "tag",
            ["Chains:0:Finality:Quorum"] = "1",
            ["Chains:0:Providers:0:Name"] = "anvil",
            ["Chains:0:Providers:0:Http"] = node?.ToString() ?? "http://127.0.0.1:1",
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await app.StartAsync(cancellationToken);
        var server = new ApiServer(database, app, new HttpMessageInvoker(new SocketsHttpHandler { UseCookies = false }))
        {
            ListedToken = token ?? TokenContract,
        };
        await server.Get<UnitOfWork>().RunAsync(
            (session, inner) => server.Get<AssetStore>().ListAsync(session, new Asset(Token, Chain, server.ListedToken, "TUSD", 6), inner),
            cancellationToken);
        return server;
    }

    internal T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>A client of the API with a key and an account; with money in its books when an amount is given.</summary>
    internal async Task<ApiClient> ClientAsync(string owner, int account, long balance, CancellationToken cancellationToken)
    {
        Address address = AccountAddress(account);
        (OwnerId id, ApiKeySecret key) = await Get<UnitOfWork>().RunAsync(
            async (session, token) =>
            {
                OwnerId created = await Get<OwnerStore>().EnsureOwnerAsync(session, owner, "test", token);
                ApiKeySecret secret = await Get<OwnerStore>().CreateKeyAsync(session, created, "test", "test", token);
                await Get<AccountStore>().RegisterAsync(session, created.Value, Chain, address, nativeIsCustomerMoney: false, token);
                if (balance > 0)
                    await Get<LedgerStore>().PostAsync(session, Deposit(created.Value, address, balance), token);
                return (created, secret);
            },
            cancellationToken);
        return new ApiClient(this, id.Value, address, key.Text);
    }

    internal static Address AccountAddress(int number) => Address.FromBytes([.. new byte[18], 0xAC, (byte)number]);

    internal async Task<ApiAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
        string body = await response.Content.ReadAsStringAsync(cancellationToken);
        return new ApiAnswer(
            (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, body,
            response.Headers.Concat(response.Content.Headers).ToDictionary(
                header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The live response, for streams.</summary>
    internal Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _http.SendAsync(request, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _http.Dispose();
        await _database.DisposeAsync();
    }

    private Posting Deposit(Guid owner, Address address, long amount) => new()
    {
        Id = new LedgerTransactionId(Guid.CreateVersion7(Get<TimeProvider>().GetUtcNow())),
        Key = $"test:{owner:n}",
        Kind = "test.deposit",
        EffectiveAt = Get<TimeProvider>().GetUtcNow(),
        Lines =
        [
            PostingLine.Debit(Book.Wallet(address.ToHex(), Token, owner), new TokenAmount(amount)),
            PostingLine.Credit(Book.Customer(owner, Token), new TokenAmount(amount)),
        ],
    };
}

/// <summary>One client of the API.</summary>
internal sealed record ApiClient(ApiServer Server, Guid Owner, Address Account, string Key)
{
    public Task<ApiAnswer> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, body: null, headers: [], cancellationToken);

    public Task<ApiAnswer> SubmitAsync(string body, string key, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, "/v1/intents", body, [("Idempotency-Key", key)], cancellationToken);

    public async Task<ApiAnswer> SendAsync(
        HttpMethod method, string path, string? body, IReadOnlyList<(string Name, string Value)> headers,
        CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = Request(method, path, body, headers);
        return await Server.SendAsync(request, cancellationToken);
    }

    public HttpRequestMessage Request(HttpMethod method, string path, string? body, IReadOnlyList<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(method, new Uri(Server.Url, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return request;
    }

    /// <summary>A request for a token transfer, as JSON.</summary>
    public string Transfer(string amount = "1000000", string? reference = null, string? extra = null, string? recipient = null) => $$$"""
        {"chain": 31337, "account": "{{{Account}}}"{{{ReferenceMember(reference)}}}{{{extra}}}, "calls": [
          {"type": "erc20.transfer",
           "args": {"token": "{{{Server.ListedToken}}}", "recipient": "{{{recipient ?? ApiServer.Supplier}}}", "amount": "{{{amount}}}"},
           "category": "payout", "tags": ["invoice"], "context": {"invoice": "1234"}}]}
        """;

    private static string ReferenceMember(string? reference) => reference is null ? "" : $", \"client_reference\": \"{reference}\"";
}

/// <summary>What the API answered.</summary>
internal sealed record ApiAnswer(int Status, string? MediaType, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    public string? Code => Text("code");

    public string Id => Text("id") ?? throw new InvalidOperationException($"No id in {Status} {Body}");

    public string? Text(string member) =>
        Json.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public IReadOnlyList<string?> Pointers => Json.TryGetProperty("errors", out JsonElement errors)
        ? [.. errors.EnumerateArray().Select(error => error.GetProperty("pointer").GetString())]
        : [];
}
