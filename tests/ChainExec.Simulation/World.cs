using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Governance;
using ChainExec.IntegrationTests.Execution;
using ChainExec.Server.Composition;
using ChainExec.Storage;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChainExec.Simulation;

/// <summary>
/// The engine on a real PostgreSQL and with a real signer process, on a simulated chain with three providers of which two must agree. Time
/// is virtual for the engine, the chain and the database alike.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    public const ulong Dollars = 1_000_000_000;
    public const string Dollar = "usd-31337";
    public const string Coin = "eth-31337";
    private const long Chain = 31337;

    private ServiceProvider? _services;

    private World(PostgresDatabase database, SimulatedChain chain, VirtualClock clock, SignerHost signer, SimulatedToken usd, byte[] secret)
    {
        (Database, Simulated, Clock, Signer, Usd) = (database, chain, clock, signer, usd);
        ForeignWallet = chain.AddWallet(PrivateKey.FromBytes(secret));
    }

    public static Address Shop { get; } = Address.Parse("0x00000000000000000000000000000000005709e5");

    public PostgresDatabase Database { get; }

    public SimulatedChain Simulated { get; }

    public VirtualClock Clock { get; }

    public SignerHost Signer { get; }

    public SimulatedToken Usd { get; }

    /// <summary>Somebody else who has the signer's key.</summary>
    public Wallet ForeignWallet { get; }

    public Address Sender => Signer.Account;

    public Caller Caller { get; private set; } = null!;

    public CustodyAccount Account { get; private set; } = null!;

    public IReadOnlyList<IWorker> Workers => [.. _services!.GetServices<IWorker>()];

    public static async Task<World> StartAsync(int seed, CancellationToken cancellationToken)
    {
        var clock = new VirtualClock();
        var chain = new SimulatedChain(clock, new SimulatedChainOptions { FinalityDepth = 8, SafeDepth = 4 });
        foreach (string name in new[] { "alpha", "beta", "gamma" })
            chain.AddView(name);
        SimulatedToken usd = chain.DeployToken("USD", 6);
        var policy = new TestTokens(
            usd.Address.ToHex(), chain.DeployToken("TWO", 6).Address.ToHex(), chain.DeployToken("SIX", 6).Address.ToHex(), Shop.ToHex());
        // A key of the seed: hashes of transactions are then the same in every run of it.
        byte[] secret = SHA256.HashData(Encoding.UTF8.GetBytes($"simulation {seed}"));
        SignerHost signer = await SignerHost.StartAsync(policy, secret, cancellationToken);
        var world = new World(await PostgresDatabase.CreateAsync(cancellationToken), chain, clock, signer, usd, secret);
        await world.MakeTimeVirtualAsync(cancellationToken);
        world.Start();
        await world.RegisterAsync(cancellationToken);
        world.Deposit();
        return world;
    }

    public T Get<T>()
        where T : notnull => _services!.GetRequiredService<T>();

    public void Start() => _services = Compose();

    /// <summary>The process is gone: nothing in memory survives.</summary>
    public async Task StopAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        _services = null;
    }

    /// <summary>Time passes everywhere at once.</summary>
    public async Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        Clock.Advance(by);
        string micros = (Clock.Elapsed.Ticks / 10).ToString(CultureInfo.InvariantCulture);
        await ExecuteAsync($"update storage.clock_offset set shift = {micros} * interval '1 microsecond'", cancellationToken);
    }

    public Task<SubmitResult> SubmitAsync(Payment payment, CancellationToken cancellationToken) =>
        Get<AdmissionService>().SubmitAsync(
            Caller, payment.Key, payment.Body, (intent, _) => $$"""{"id":"{{intent.Id}}"}""", cancellationToken);

    /// <summary>A payment's request, as a client writes it.</summary>
    public Payment Draft(ulong amount, TimeSpan? deadline)
    {
        string units = amount.ToString(CultureInfo.InvariantCulture);
        var body = new Dictionary<string, object>
        {
            ["chain"] = Chain,
            ["account"] = Sender.ToString(),
            ["client_reference"] = $"invoice-{units}",
            ["calls"] = new[]
            {
                new { type = "erc20.transfer", args = new { token = Usd.Address.ToString(), recipient = Shop.ToString(), amount = units } },
            },
        };
        if (deadline is { } within)
            body["deadline"] = (VirtualClock.Start + Clock.Elapsed + within).ToString("O", CultureInfo.InvariantCulture);
        return new Payment(amount, $"key-{units}", JsonSerializer.SerializeToElement(body));
    }

    /// <summary>Works as the database's owner, behind the service's back.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The rows of a query, each as the texts of its columns.</summary>
    public async Task<List<string[]>> RowsAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<string[]>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(
                field => Convert.ToString(reader.GetValue(field), CultureInfo.InvariantCulture)!)]);
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Signer.DisposeAsync();
        await Database.DisposeAsync();
        Simulated.Dispose();
    }

    private async Task MakeTimeVirtualAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync(
            """
            create or replace function storage.clock() returns timestamptz language sql volatile set search_path = pg_catalog, pg_temp
            as $$ select timestamptz '2026-01-01 00:00:00+00' + shift from storage.clock_offset $$
            """,
            cancellationToken);
        await AdvanceAsync(TimeSpan.FromSeconds(1), cancellationToken);
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        OwnerId owner = default;
        await Get<UnitOfWork>().RunAsync(
            async (session, token) =>
            {
                owner = await Get<OwnerStore>().EnsureOwnerAsync(session, "acme", "simulation", token);
                Account = await Get<AccountStore>().RegisterAsync(session, owner.Value, Chain, Sender, nativeIsCustomerMoney: false, token);
                AssetStore assets = Get<AssetStore>();
                await assets.ListAsync(session, new Asset(Coin, Chain, null, "ETH", 18), token);
                await assets.ListAsync(session, new Asset(Dollar, Chain, Usd.Address, "USD", 6), token);
            },
            cancellationToken);
        Caller = new Caller(owner, Guid.Empty, "simulation");
    }

    private void Deposit()
    {
        Usd.Mint(Simulated.Faucet.Address, Dollars);
        Simulated.MineWith(Simulated.Faucet.PayToken(Usd.Address, Sender, Dollars));
        Simulated.MineWith(Simulated.Faucet.Pay(Sender, Wei.Ether(1)));
        Simulated.Mine((int)Simulated.Options.FinalityDepth + 1);
    }

    private ServiceProvider Compose()
    {
        Dictionary<string, string?> settings = Simulated.Settings(quorum: 2);
        settings["Storage:ConnectionString"] = Database.AppConnectionString;
        settings["Signer:SocketPath"] = Signer.Options.SocketPath;
        settings["Signer:TokenFile"] = Signer.Options.TokenFile;
        settings["Signer:Timeout"] = "00:00:20";
        settings["Chains:0:PollInterval"] = "00:00:00.010";
        settings["Chains:0:ResendInterval"] = "00:00:02";
        settings["Execution:RetryDelay"] = "00:00:00.500";
        settings["Execution:LeaseDuration"] = "00:00:10";
        settings["Execution:ClimbAfterBlocks"] = "2";
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddSingleton<TimeProvider>(Clock);
        services.AddEngine(configuration);
        services.UseSimulatedChain(Simulated);
        return services.BuildServiceProvider();
    }
}
