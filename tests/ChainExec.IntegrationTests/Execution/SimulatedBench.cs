using System.Globalization;
using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Server.Composition;
using ChainExec.Simulation;
using ChainExec.Storage;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// The whole engine on a real PostgreSQL and with a real signer process, on a simulated chain with three providers of which two must agree.
/// Turns are run by hand, and time is virtual for the engine, the chain and the database alike.
/// </summary>
internal sealed class SimulatedBench : IAsyncDisposable
{
    public const long ChainId = 31337;
    private const int RoundsMax = 300;
    private const ulong Dollars = 1_000_000_000;

    private readonly SignerHost _signer;
    private readonly VirtualClock _clock;
    private readonly ServiceProvider _services;
    private ulong _paid;

    private SimulatedBench(
        PostgresDatabase database, SimulatedChain chain, VirtualClock clock, SignerHost signer, SimulatedToken usd,
        IReadOnlyDictionary<string, string> settings)
    {
        (Database, Chain, _clock, _signer, Usd) = (database, chain, clock, signer, usd);
        _services = Compose(settings);
    }

    public static Address Shop { get; } = Address.Parse("0x00000000000000000000000000000000005709e5");

    public PostgresDatabase Database { get; }

    public SimulatedChain Chain { get; }

    public SimulatedToken Usd { get; }

    /// <summary>Somebody else who has the signer's key.</summary>
    public Wallet Foreign { get; private set; } = null!;

    public SignerHost Signer => _signer;

    public Address Sender => _signer.Account;

    public Guid Owner { get; private set; }

    public ProviderView Alpha => Chain.Views[0];

    public ProviderView Gamma => Chain.Views[2];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A running engine whose account has gas and dollars.</summary>
    public static async Task<SimulatedBench> StartAsync(
        IReadOnlyDictionary<string, string>? settings = null, SimulatedChainOptions? options = null)
    {
        var clock = new VirtualClock();
        var chain = new SimulatedChain(clock, options ?? new SimulatedChainOptions { FinalityDepth = 4, SafeDepth = 2 });
        foreach (string name in new[] { "alpha", "beta", "gamma" })
            chain.AddView(name);
        SimulatedToken usd = chain.DeployToken("USD", 6);
        var policy = new TestTokens(
            usd.Address.ToHex(), chain.DeployToken("TWO", 6).Address.ToHex(), chain.DeployToken("SIX", 6).Address.ToHex(), Shop.ToHex());
        SignerHost signer = await SignerHost.StartAsync(policy, Token);
        PostgresDatabase database = await PostgresDatabase.CreateAsync(Token);
        var bench = new SimulatedBench(database, chain, clock, signer, usd, settings ?? new Dictionary<string, string>());
        bench.Foreign = chain.AddWallet(PrivateKey.FromBytes(await signer.PrivateKeyBytesAsync(Token)));
        await bench.ExecuteAsync("""
            create or replace function storage.clock() returns timestamptz language sql volatile set search_path = pg_catalog, pg_temp
            as $$ select timestamptz '2026-01-01 00:00:00+00' + shift from storage.clock_offset $$
            """);
        await bench.PassAsync(TimeSpan.FromSeconds(1));
        await bench.RegisterAsync();
        usd.Mint(chain.Faucet.Address, Dollars);
        chain.MineWith(chain.Faucet.PayToken(usd.Address, bench.Sender, Dollars));
        chain.MineWith(chain.Faucet.Pay(bench.Sender, Wei.Ether(1)));
        chain.Mine((int)chain.Options.FinalityDepth + 1);
        await bench.RunUntilAsync("select exists (select from ledger.transaction)", "the deposit is booked");
        return bench;
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Time passes everywhere at once.</summary>
    public async Task PassAsync(TimeSpan by)
    {
        _clock.Advance(by);
        string micros = (_clock.Elapsed.Ticks / 10).ToString(CultureInfo.InvariantCulture);
        await ExecuteAsync($"update storage.clock_offset set shift = {micros} * interval '1 microsecond'");
    }

    public async Task<IntentId> PayAsync(ulong amount = 5)
    {
        SubmitResult result = await Get<AdmissionService>().SubmitAsync(
            new Caller(new OwnerId(Owner), Guid.Empty, "test"), $"key-{++_paid}", Body(amount),
            (intent, _) => $$"""{"id":"{{intent.Id}}"}""", Token);
        return result is SubmitResult.Accepted accepted ? accepted.Intent : throw new InvalidOperationException($"Not accepted: {result}");
    }

    /// <summary>Every worker runs until nothing moves any more, without time or blocks passing.</summary>
    public async Task SettleAsync()
    {
        int quiet = 0;
        for (int round = 0; round < RoundsMax && quiet < 2; round++)
        {
            int moved = 0;
            foreach (IWorker worker in _services.GetServices<IWorker>())
                moved += await worker.RunTurnAsync(Token);
            quiet = moved == 0 ? quiet + 1 : 0;
        }
    }

    /// <summary>Some seconds pass and everything runs that is due.</summary>
    public async Task StepAsync(double seconds = 5)
    {
        await PassAsync(TimeSpan.FromSeconds(seconds));
        await SettleAsync();
    }

    /// <summary>A block, some seconds, and everything that is due.</summary>
    public async Task MineAsync(int blocks = 1)
    {
        for (int mined = 0; mined < blocks; mined++)
        {
            Chain.Mine();
            await StepAsync();
        }
    }

    /// <summary>Blocks pass until the query answers true.</summary>
    public async Task RunUntilAsync(string sql, string what)
    {
        for (int round = 0; round < RoundsMax; round++)
        {
            if (await ScalarAsync<bool>(sql))
                return;
            await MineAsync();
        }

        throw new TimeoutException($"Never: {what}. {await DescribeAsync()}");
    }

    public Task RunUntilAsync(IntentId intent, string state) => RunUntilAsync(
        $"select exists (select from execution.intent where root_id = '{intent.Value}' and state = '{state}')", $"{intent} is {state}");

    public async Task<IntentView> ViewAsync(IntentId intent) => (await Get<IntentQueries>().FindAsync(Owner, intent, Token))!;

    /// <summary>The state of the slot of a nonce.</summary>
    public Task<string> SlotAsync(long nonce = 0) => ScalarAsync<string>(
        $"select coalesce((select state from execution.nonce_slot where nonce = {nonce}), 'none')");

    /// <summary>Incidents of a kind that are open.</summary>
    public Task<long> OpenIncidentsAsync(string kind) =>
        ScalarAsync<long>($"select count(*) from execution.incident where kind = '{kind}' and closed_at is null");

    /// <summary>Dollars that truly reached the shop.</summary>
    public ulong Received => Chain.CanonicalTransfers.Where(move => move.Token == Usd.Address && move.To == Shop)
        .Aggregate(0UL, (sum, move) => sum + (ulong)move.Amount);

    /// <summary>Reads as the database's owner; for looking only.</summary>
    public Task<T> ScalarAsync<T>(string sql) => EngineBench.ScalarAsync<T>(Database, sql);

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _signer.DisposeAsync();
        await Database.DisposeAsync();
        Chain.Dispose();
    }

    private JsonElement Body(ulong amount)
    {
        string units = amount.ToString(CultureInfo.InvariantCulture);
        var args = new { token = Usd.Address.ToString(), recipient = Shop.ToString(), amount = units };
        return JsonSerializer.SerializeToElement(
            new { chain = ChainId, account = Sender.ToString(), calls = new[] { new { type = "erc20.transfer", args } } });
    }

    private Task<string> DescribeAsync() => ScalarAsync<string>("""
        select concat_ws(' | ',
            (select string_agg(concat_ws(' ', state, reason, detail, needs_operator), '; ') from execution.intent),
            (select string_agg(concat_ws(' ', nonce, state, needs_operator), '; ') from execution.nonce_slot),
            (select string_agg(concat_ws(' ', consumer, error), '; ') from facts.parked where resolved_at is null),
            (select string_agg(concat_ws(' ', kind, detail), '; ') from execution.incident),
            (select string_agg(concat_ws(' ', provider, answer_class, answer), '; ') from execution.node))
        """);

    private Task RegisterAsync() => Get<UnitOfWork>().RunAsync(
        async (session, token) =>
        {
            Owner = (await Get<OwnerStore>().EnsureOwnerAsync(session, "acme", "test", token)).Value;
            await Get<AccountStore>().RegisterAsync(session, Owner, ChainId, Sender, nativeIsCustomerMoney: false, token);
            AssetStore assets = Get<AssetStore>();
            await assets.ListAsync(session, new Asset($"eth-{ChainId}", ChainId, null, "ETH", 18), token);
            await assets.ListAsync(session, new Asset($"usd-{ChainId}", ChainId, Usd.Address, "USD", 6), token);
        },
        Token);

    private ServiceProvider Compose(IReadOnlyDictionary<string, string> more)
    {
        Dictionary<string, string?> settings = Chain.Settings(quorum: 2);
        settings["Storage:ConnectionString"] = Database.AppConnectionString;
        settings["Signer:SocketPath"] = _signer.Options.SocketPath;
        settings["Signer:TokenFile"] = _signer.Options.TokenFile;
        settings["Signer:Timeout"] = "00:00:20";
        settings["Chains:0:PollInterval"] = "00:00:00.010";
        settings["Chains:0:ResendInterval"] = "00:00:02";
        settings["Execution:RetryDelay"] = "00:00:00.500";
        foreach ((string name, string value) in more)
            settings[name] = value;
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new TestOutputLoggerProvider()));
        services.AddSingleton<TimeProvider>(_clock);
        services.AddEngine(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.UseSimulatedChain(Chain);
        return services.BuildServiceProvider();
    }
}
