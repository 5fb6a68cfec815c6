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
using ChainExec.Ledger;
using ChainExec.Payments;
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
    public const string OddAsset = "odd-31337";
    public const string Coin = "eth-31337";
    public const long Chain = 31337;

    private const int SendersCount = 3;

    // What a sender of the refilled ones starts with, in wei: enough for some transactions while gas is cheap. Below it, the rule refills.
    private const ulong LittleCoin = 1_000_000_000_000_000;
    private const ulong RefillAmount = 4 * LittleCoin;

    // As many transfers of tokens as of the others together.
    private static readonly PaymentKind[] Kinds = [PaymentKind.Transfer, PaymentKind.Transfer, PaymentKind.Allowance, PaymentKind.Coin];

    private readonly List<Wallet> _wallets;
    private readonly IReadOnlyDictionary<string, Uri>? _addresses;
    private int _sendersAtOnce = 1;
    private CampaignMix _mix;
    private readonly Wallet? _treasury;
    private string? _batchAccount;
    private ServiceProvider? _services;

    private World(
        PostgresDatabase database, SimulatedChain chain, TimeProvider clock, SignerHost signer, SimulatedToken usd, SimulatedToken odd,
        IReadOnlyList<byte[]> secrets, IReadOnlyDictionary<string, Uri>? addresses)
    {
        (Database, Simulated, Clock, Signer, Usd, Odd) = (database, chain, clock, signer, usd, odd);
        _wallets = [.. secrets.Take(SendersCount).Select(secret => chain.AddWallet(PrivateKey.FromBytes(secret)))];
        _treasury = secrets.Count > SendersCount ? chain.AddWallet(PrivateKey.FromBytes(secrets[SendersCount])) : null;
        _addresses = addresses;
    }

    public PostgresDatabase Database { get; }

    public SimulatedChain Simulated { get; }

    /// <summary>A <see cref="VirtualClock"/>, or the real one of a run that is free.</summary>
    public TimeProvider Clock { get; }

    public SignerHost Signer { get; }

    public SimulatedToken Usd { get; }

    /// <summary>A token that lies, takes a fee or returns nothing, as it is told.</summary>
    public SimulatedToken Odd { get; }

    public IReadOnlyList<Sender> Senders { get; private set; } = [];

    /// <summary>Who refills the others; nothing without such rules.</summary>
    public Sender? Treasury { get; private set; }

    public Caller Caller { get; private set; } = null!;

    public Guid Owner => Caller.Owner.Value;

    public IReadOnlyList<IWorker> Workers => [.. _services!.GetServices<IWorker>()];

    /// <summary>In virtual time, with every worker's turns in the caller's hands.</summary>
    public static Task<World> StartAsync(int seed, CampaignOptions options, CancellationToken cancellationToken) =>
        StartAsync(seed, new VirtualClock(), options with { Mix = options.MixOf(seed) }, serve: null, cancellationToken);

    /// <summary>
    /// Whether the last sender's code is a delegation (EIP-7702): pools keep one transaction of it. Of the seed's number and not drawn, so
    /// that what other seeds draw stays as it is.
    /// </summary>
    public static bool HasDelegatedSender(int seed) => seed % 4 == 1;

    /// <summary>With a clock of the caller's, and views that <paramref name="serve"/> serves to other processes if it is given.</summary>
    public static async Task<World> StartAsync(
        int seed, TimeProvider clock, CampaignOptions options, Func<SimulatedChain, Task<SimulatedChainServer>>? serve,
        CancellationToken cancellationToken)
    {
        CampaignMix mix = options.Mix ?? CampaignMix.None;
        int keys = SendersCount + (mix.HasFlag(CampaignMix.Refills) ? 1 : 0);
        var chain = new SimulatedChain(clock, new SimulatedChainOptions { FinalityDepth = 8, SafeDepth = 4, OrdersEqualTipsByHash = true });
        foreach (string name in new[] { "alpha", "beta", "gamma" })
            chain.AddView(name);
        SimulatedToken usd = chain.DeployToken("USD", 6);
        SimulatedToken odd = chain.DeployToken("ODD", 6);
        var policy = new TestTokens(
            usd.Address.ToHex(), odd.Address.ToHex(), chain.DeployToken("SIX", 6).Address.ToHex(), Payment.RecipientOf(0).ToHex());
        // Keys of the seed: hashes of transactions are then the same in every run of it.
        byte[][] secrets =
        [
            .. Enumerable.Range(0, keys).Select(
                index => SHA256.HashData(Encoding.UTF8.GetBytes($"simulation {seed}, sender {index}"))),
        ];
        SignerHost signer = await SignerHost.StartAsync(policy, secrets, cancellationToken);
        SimulatedChainServer? server = serve is null ? null : await serve(chain);
        PostgresDatabase database = await PostgresDatabase.CreateAsync(cancellationToken);
        var world = new World(database, chain, clock, signer, usd, odd, secrets, server?.Addresses)
        {
            _sendersAtOnce = options.SendersAtOnce,
            _mix = mix,
        };
        try
        {
            await world.PrepareAsync(policy, options, cancellationToken);
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }

        if (!options.Batches && HasDelegatedSender(seed))
            chain.Delegate(world.Senders[^1].Address, Payment.RecipientOf(0));
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

    /// <summary>Time passes everywhere at once; real time passes by itself.</summary>
    public async Task AdvanceAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        if (Clock is not VirtualClock virtually)
            return;
        virtually.Advance(by);
        string micros = (virtually.Elapsed.Ticks / 10).ToString(CultureInfo.InvariantCulture);
        await ExecuteAsync($"update storage.clock_offset set shift = {micros} * interval '1 microsecond'", cancellationToken);
    }

    public Task<SubmitResult> SubmitAsync(Payment payment, CancellationToken cancellationToken) =>
        Get<AdmissionService>().SubmitAsync(
            Caller, payment.Key, payment.Body, (intent, _) => $$"""{"id":"{{intent.Id}}"}""", cancellationToken);

    /// <summary>A payment's request, as a client draws it up: any sender, the odd token now and then, all that a request may say.</summary>
    /// <param name="mixed">Draws what only some mixes have.</param>
    public Payment Draft(int number, IReadOnlyList<Payment> before, Random random, Sender? by = null, Random? mixed = null)
    {
        Sender sender = by ?? Senders[random.Next(Senders.Count)];
        SimulatedToken token = random.Next(4) == 0 ? Odd : Usd;
        PaymentKind kind = _mix.HasFlag(CampaignMix.Calls) ? Kinds[mixed!.Next(Kinds.Length)] : PaymentKind.Transfer;
        // Nobody is drawn for an allowance: it names one of the pool.
        if (_mix.HasFlag(CampaignMix.Pool) && kind == PaymentKind.Allowance)
            sender = Senders[1 + number % (Senders.Count - 1)];
        else if (_mix.HasFlag(CampaignMix.Pool) && mixed!.Next(4) > 0)
            sender = Senders[0];
        string amount = Payment.AmountOf(number).ToString();
        string to = Payment.RecipientOf(number).ToString();
        var body = new Dictionary<string, object>
        {
            ["chain"] = Chain,
            ["account"] = sender.Address.ToString(),
            ["client_reference"] = $"invoice-{number}",
            ["on_revert"] = random.Next(3) == 0 ? "retry" : "fail",
            ["calls"] = new object[]
            {
                kind switch
                {
                    PaymentKind.Transfer =>
                        new { type = "erc20.transfer", args = new { token = token.Address.ToString(), recipient = to, amount } },
                    PaymentKind.Allowance =>
                        new { type = "erc20.approve", args = new { token = token.Address.ToString(), spender = to, amount } },
                    PaymentKind.Coin => new { type = "native.transfer", args = new { recipient = to, amount } },
                    _ => throw new InvalidOperationException($"There is no payment of kind {kind}."),
                },
            },
        };
        if (random.Next(4) == 0)
        {
            DateTimeOffset now = Clock is VirtualClock virtually ? VirtualClock.Start + virtually.Elapsed : Clock.GetUtcNow();
            body["deadline"] = (now + TimeSpan.FromSeconds(random.Next(5, 90))).ToString("O", CultureInfo.InvariantCulture);
        }

        Payment? after = before.Count > 0 && random.Next(5) == 0 ? before[random.Next(before.Count)] : null;
        if (after?.Intent is { } intent)
            body["after"] = new[] { intent.ToString() };
        return new Payment(number, kind, $"key-{number}", JsonSerializer.SerializeToElement(body), after?.Intent is null ? null : after);
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

    /// <summary>Whether every deposit is in the books.</summary>
    public async Task<bool> IsFundedAsync(CancellationToken cancellationToken)
    {
        foreach (Sender sender in Senders)
        {
            foreach (string asset in new[] { Dollar, OddAsset, Coin })
            {
                string code = Book.Wallet(sender.Address.ToHex(), asset, null).Code;
                if (await Get<LedgerQueries>().FindAccountAsync(code, cancellationToken) is not { Balance.BaseUnits.IsZero: false })
                    return false;
            }
        }

        return true;
    }

    /// <summary>Whether nothing is on its way any more.</summary>
    public async Task<bool> IsQuietAsync(CancellationToken cancellationToken)
    {
        List<string[]> open = await RowsAsync(
            """
            select (select count(*) from execution.intent
                    where state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated'))
                 + (select count(*) from execution.nonce_slot
                    where state not in ('released', 'finalized', 'filled', 'adopted', 'externally_consumed'))
                 + (select count(*) from facts.pending)
            """,
            cancellationToken);
        return open[0][0] == "0";
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Signer.DisposeAsync();
        await Database.DisposeAsync();
        Simulated.Dispose();
    }

    private async Task PrepareAsync(TestTokens policy, CampaignOptions options, CancellationToken cancellationToken)
    {
        if (options.Batches)
            await AllowBatchesAsync(policy, cancellationToken);
        await MakeTimeVirtualAsync(cancellationToken);
        Start();
        await RegisterAsync(cancellationToken);
        Deposit();
    }

    private async Task MakeTimeVirtualAsync(CancellationToken cancellationToken)
    {
        if (Clock is not VirtualClock)
            return;
        await ExecuteAsync(
            """
            create or replace function storage.clock() returns timestamptz language sql volatile set search_path = pg_catalog, pg_temp
            as $$ select timestamptz '2026-01-01 00:00:00+00' + shift from storage.clock_offset $$
            """,
            cancellationToken);
        await AdvanceAsync(TimeSpan.FromSeconds(1), cancellationToken);
    }

    // Every sender is delegated, and carries several payments in one transaction.
    private async Task AllowBatchesAsync(TestTokens policy, CancellationToken cancellationToken)
    {
        _batchAccount = Simulated.Deploy(new SimulatedBatchAccount()).ToHex();
        foreach (Wallet wallet in _wallets)
            Simulated.Delegate(wallet.Address, Address.Parse(_batchAccount));
        await Signer.WritePolicyAsync(
            [policy.Tusd, policy.TusdProxied, policy.False], "1000000000000", cancellationToken, [_batchAccount]);
        await Signer.RestartAsync(null, cancellationToken);
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        OwnerId owner = default;
        var senders = new List<Sender>();
        await Get<UnitOfWork>().RunAsync(
            async (session, token) =>
            {
                senders.Clear();
                owner = await Get<OwnerStore>().EnsureOwnerAsync(session, "acme", "simulation", token);
                foreach (Wallet wallet in _wallets)
                {
                    senders.Add(new Sender(
                        wallet, await Get<AccountStore>().RegisterAsync(
                            session, owner.Value, Chain, wallet.Address, _mix.HasFlag(CampaignMix.Calls), AccountCustody.Server, token,
                            batches: _batchAccount is not null)));
                }

                if (_mix.HasFlag(CampaignMix.Pool))
                {
                    foreach (Sender member in senders.Skip(1))
                        await Get<AccountStore>().SetPoolAsync(session, member.Account.Id, senders[0].Account.Id, token);
                }

                if (_treasury is { } treasury)
                    Treasury = new Sender(treasury, await RegisterTreasuryAsync(session, owner, treasury.Address, token));

                AssetStore assets = Get<AssetStore>();
                await assets.ListAsync(session, new Asset(Coin, Chain, null, "ETH", 18), token);
                await assets.ListAsync(session, new Asset(Dollar, Chain, Usd.Address, "USD", 6), token);
                await assets.ListAsync(session, new Asset(OddAsset, Chain, Odd.Address, "ODD", 6), token);
            },
            cancellationToken);
        Senders = senders;
        Caller = new Caller(owner, Guid.Empty, "simulation");
    }

    // The last of them is refilled too, and so is the first of the others; the first of all never runs dry.
    private async Task<CustodyAccount> RegisterTreasuryAsync(
        DbSession session, OwnerId owner, Address address, CancellationToken cancellationToken)
    {
        foreach (Wallet wallet in _wallets.Skip(1))
        {
            var rule = new RefillRule(
                Chain, wallet.Address, owner.Value, address, Wei(LittleCoin), Wei(RefillAmount), Wei(100 * RefillAmount));
            await Get<RefillStore>().SetAsync(session, rule, "simulation", cancellationToken);
        }

        return await Get<AccountStore>().RegisterAsync(
            session, owner.Value, Chain, address, nativeIsCustomerMoney: true, AccountCustody.Server, cancellationToken);

        static TokenAmount Wei(ulong wei) => new(wei);
    }

    private void Deposit()
    {
        if (_treasury is { } treasury)
            Simulated.MineWith(Simulated.Faucet.Pay(treasury.Address, Wei.Ether(1)));
        foreach (Wallet wallet in _wallets)
        {
            foreach (SimulatedToken token in new[] { Usd, Odd })
            {
                token.Mint(Simulated.Faucet.Address, Dollars);
                Simulated.MineWith(Simulated.Faucet.PayToken(token.Address, wallet.Address, Dollars));
            }

            bool isRefilled = _treasury is not null && wallet != _wallets[0];
            Simulated.MineWith(Simulated.Faucet.Pay(wallet.Address, isRefilled ? 2 * LittleCoin : Wei.Ether(1)));
        }

        Simulated.Mine((int)Simulated.Options.FinalityDepth + 1);
    }

    /// <summary>The settings of the engine, for this process or for another.</summary>
    public Dictionary<string, string?> Settings()
    {
        Dictionary<string, string?> settings =
            _addresses is null ? Simulated.Settings(quorum: 2) : Simulated.Settings(quorum: 2, _addresses);
        settings["Storage:ConnectionString"] = Database.AppConnectionString;
        settings["Signer:SocketPath"] = Signer.Options.SocketPath;
        settings["Signer:TokenFile"] = Signer.Options.TokenFile;
        settings["Signer:Timeout"] = "00:00:20";
        settings["Chains:0:PollInterval"] = "00:00:00.010";
        settings["Chains:0:ResendInterval"] = "00:00:02";
        settings["Execution:RetryDelay"] = "00:00:00.500";
        settings["Execution:LeaseDuration"] = "00:00:10";
        settings["Execution:ClimbAfterBlocks"] = "2";
        settings["Execution:RungsMax"] = "2";
        settings["Payments:RefillInterval"] = "00:00:00.500";
        if (_batchAccount is not null)
            settings["Chains:0:BatchDelegates:0"] = _batchAccount;
        // With 1 there is one step after another, so that a seed repeats its run.
        settings["Execution:SendersAtOnceMax"] = _sendersAtOnce.ToString(CultureInfo.InvariantCulture);
        return settings;
    }

    private ServiceProvider Compose()
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings()).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddSingleton(Clock);
        services.AddEngine(configuration);
        if (_addresses is null)
            services.UseSimulatedChain(Simulated);
        return services.BuildServiceProvider();
    }
}
