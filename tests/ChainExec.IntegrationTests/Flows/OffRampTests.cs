using System.Net.Http.Json;
using System.Numerics;
using System.Text;
using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Sandbox;
using ChainExec.Server.Composition;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Flows;

/// <summary>The off-ramp from the exchange's first webhook to the customer's dollars, against partners that misbehave.</summary>
public sealed class OffRampTests
{
    private const string IsSettled = "select exists (select from flows.rule where name = 'credit_returned' and state = 'waiting')";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Off_ramps_end_settled_by_the_sandboxs_own_ledger_whatever_is_late_doubled_or_lost()
    {
        const int deposits = 25;
        await using Bench bench = await Bench.StartAsync(mischief: 30, seed: 8);
        for (int number = 0; number < deposits; number++)
            await bench.DepositAsync(1_000_000 * (number + 1));

        await bench.UntilAsync(
            $"select count(*) = {deposits} from flows.rule where name = 'credit_returned' and state = 'waiting'", "all are settled");

        Truth truth = await bench.TruthAsync();
        Assert.Equal(deposits, truth.Orders.Count);
        Assert.Equal(deposits, truth.Credits.Count);
        BigInteger banked = truth.Credits.Aggregate(BigInteger.Zero, (sum, credit) => sum + credit.Amount);
        Assert.Equal(banked, await bench.BalanceAsync(Book.Bank("usd")));
        Assert.Equal(banked, await bench.BalanceAsync(Book.Customer(bench.Owner, "usd")));
        foreach (AccountSpec empty in (AccountSpec[])
            [
                Book.InTransit("exchange", "usd"), Book.CustomerPending(bench.Owner, "usd"), Book.Custodian("exchange", "usdc"),
                Book.Customer(bench.Owner, "usdc"), Book.CustomerPending(bench.Owner, "usdc"), Book.Suspense("usd"),
                Book.Suspense("usdc"),
            ])
            Assert.Equal((empty.Code, BigInteger.Zero), (empty.Code, await bench.BalanceAsync(empty)));
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Dollars_that_the_bank_takes_back_leave_the_customer_overdrawn_and_an_operator_told()
    {
        await using Bench bench = await Bench.StartAsync(mischief: 0, seed: 1);
        await bench.DepositAsync(5_000_000);
        await bench.UntilAsync(IsSettled, "it is settled");
        // Of the two rules for the credit one fired, and the other waits no more.
        await bench.UntilAsync("select state = 'retracted' from flows.rule where name = 'credit_in_part'", "the other is retracted");
        Transfer credit = Assert.Single((await bench.TruthAsync()).Credits);
        await bench.PostAsync("/bank/returns", new { transfer = credit.Id, credit.Reference, credit.Amount, reason = "R01" });
        await bench.UntilAsync("select exists (select from flows.rule where name = 'part_returned' and spawned_by in ("
            + "select id from flows.node where name = 'credit_returned'))", "it is returned");

        Assert.Equal(BigInteger.Zero, await bench.BalanceAsync(Book.Bank("usd")));
        Assert.Equal(BigInteger.Zero, await bench.BalanceAsync(Book.Customer(bench.Owner, "usd")));
        // The exchange has the dollars again and owes them.
        Assert.Equal(credit.Amount, await bench.BalanceAsync(Book.InTransit("exchange", "usd")));
        await bench.UntilAsync(
            "select count(*) = 1 from flows.discrepancy where kind = 'off_ramp_returned' and resolved_position is null", "it is told");
        await bench.AssertSoundAsync();
    }

    [Fact]
    public async Task Flow_is_shown_to_its_owner_and_to_nobody_else()
    {
        await using Bench bench = await Bench.StartAsync(mischief: 0, seed: 1);
        await bench.DepositAsync(5_000_000);
        await bench.UntilAsync(IsSettled, "it is settled");

        JsonElement listed = Assert.Single((await bench.GetAsync("/v1/flows", bench.Key)).GetProperty("data").EnumerateArray());
        string path = $"/v1/flows/{listed.GetProperty("id").GetString()}";
        JsonElement flow = await bench.GetAsync(path, bench.Key);

        Assert.Equal("off_ramp", flow.GetProperty("flow").GetString());
        Assert.Equal("coins_arrived", flow.GetProperty("nodes")[0].GetProperty("name").GetString());
        Assert.Equal(
            ["off_ramp_deposit"],
            flow.GetProperty("nodes")[0].GetProperty("nodes").EnumerateArray()
                .Where(node => node.GetProperty("name").GetString() == "post")
                .Select(node => node.GetProperty("detail").GetProperty("kind").GetString()));
        Assert.Equal(JsonValueKind.String, flow.GetProperty("next_timer").ValueKind);
        Assert.Equal("not_found", (await bench.GetAsync(path, bench.StrangersKey)).GetProperty("code").GetString());
        Assert.Empty((await bench.GetAsync("/v1/flows", bench.StrangersKey)).GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Message_that_is_not_signed_is_answered_401_and_one_to_nobody_404()
    {
        await using Bench bench = await Bench.StartAsync(mischief: 0, seed: 1);

        Assert.Equal("signature_invalid", (await bench.TellAsync("/v1/inbound/bank")).GetProperty("code").GetString());
        Assert.Equal("not_found", (await bench.TellAsync("/v1/inbound/nobody")).GetProperty("code").GetString());
    }

    /// <summary>Server with the roles api and flow, and the sandbox, both in this process and both over HTTP.</summary>
    private sealed class Bench : IAsyncDisposable
    {
        private readonly TempFolder _folder = new();
        private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseCookies = false });
        private PostgresDatabase _database = null!;
        private WebApplication _server = null!;
        private WebApplication _sandbox = null!;

        public Guid Owner { get; private set; }

        public string Key { get; private set; } = "";

        public string StrangersKey { get; private set; } = "";

        public static async Task<Bench> StartAsync(int mischief, int seed)
        {
            var bench = new Bench();
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
}
