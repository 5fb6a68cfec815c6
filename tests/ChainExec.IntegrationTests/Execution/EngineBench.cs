using System.Numerics;
using System.Text;
using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Server.Composition;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// The whole engine on a real PostgreSQL (as ce_app), a real node (anvil unless told otherwise) that mines only when told, and a real
/// signer process; worker turns are run by hand, so that a test decides what happens before what.
/// </summary>
internal sealed class EngineBench : IAsyncDisposable
{
    public const long Chain = 31337;
    private const int RoundsMax = 400;

    private ServiceProvider? _services;
    private IReadOnlyDictionary<string, string> _settings = new Dictionary<string, string>();

    private EngineBench(PostgresDatabase database, DevNode node, TestTokens tokens, SignerHost signer)
    {
        Database = database;
        Node = node;
        Tokens = tokens;
        Signer = signer;
        NodeProxy = TcpProxy.Start(node.HttpUri.Port);
    }

    /// <summary>Stands between the engine and the node; the test itself talks to the node directly.</summary>
    public TcpProxy NodeProxy { get; }

    public PostgresDatabase Database { get; }

    public DevNode Node { get; }

    public TestTokens Tokens { get; }

    public SignerHost Signer { get; }

    /// <summary>What the account's owner makes passwords with, under user custody.</summary>
    public Authenticator? Authenticator { get; private set; }

    public Caller Caller { get; private set; } = null!;

    public CustodyAccount Account { get; private set; } = null!;

    /// <summary>The account and those that pay in its name.</summary>
    public IReadOnlyList<CustodyAccount> Pool { get; private set; } = [];

    public string Sender => Account.Address.ToString();

    /// <summary>What the account is delegated to, when it batches.</summary>
    public string? BatchAccount { get; private set; }

    public static string Dollar => $"tusd-{Chain}";

    public static string Recipient => AnvilNode.DevAccounts[5];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A running engine whose account has gas and, from a confirmed deposit, dollars.</summary>
    /// <param name="settings">Settings of the service beyond or instead of the usual ones.</param>
    /// <param name="custody">Under user custody the account's owner has an <see cref="Authenticator"/>.</param>
    /// <param name="nativeIsCustomerMoney">Whether the account's native coin is its owner's: a treasury.</param>
    /// <param name="on">A node that is there already, to be disposed with this; null starts an anvil.</param>
    /// <param name="server">Where the database is; null takes the one that all tests share.</param>
    /// <param name="usedNonces">Nonces that the chain says the account has used.</param>
    /// <param name="batches">Whether the account is delegated (EIP-7702) and carries several payments in one transaction.</param>
    /// <param name="senders">Accounts of its pool, itself among them; each has gas, and the dollars of each are so many.</param>
    public static async Task<EngineBench> StartAsync(
        BigInteger dollars, IReadOnlyDictionary<string, string>? settings = null, AccountCustody custody = AccountCustody.Server,
        bool nativeIsCustomerMoney = false, DevNode? on = null, PostgresServer? server = null, int usedNonces = 0,
        bool batches = false, int senders = 1)
    {
        PostgresDatabase database = server is null
            ? await PostgresDatabase.CreateAsync(Token)
            : await server.CreateDatabaseAsync(Token);
        DevNode node = on ?? await AnvilNode.StartAsync(new AnvilOptions(), Token);
        TestTokens tokens = await node.DeployTokensAsync(Token);
        SignerHost signer = await SignerHost.StartAsync(tokens, senders, Token);
        var bench = new EngineBench(database, node, tokens, signer) { _settings = settings ?? new Dictionary<string, string>() };
        if (custody == AccountCustody.User)
            bench.Authenticator = await signer.EnrolAsync(Token);
        if (batches)
            await bench.AllowBatchesAsync();
        await bench.RestartAsync();
        if (usedNonces > 0)
            await node.RpcAsync("anvil_setNonce", [signer.Account.ToString(), $"0x{usedNonces:x}"], Token);
        await bench.SetUpAsync(custody, nativeIsCustomerMoney, batches);
        foreach (CustodyAccount account in bench.Pool)
            await node.FundAsync(account.Address.ToString(), BigInteger.Pow(10, 18), Token);
        if (!dollars.IsZero)
        {
            foreach (CustodyAccount account in bench.Pool)
                await bench.DepositAsync(dollars, account);
        }

        return bench;
    }

    public T Get<T>()
        where T : notnull => _services!.GetRequiredService<T>();

    /// <summary>A new process, as far as the engine can tell: nothing in memory survives.</summary>
    public async Task RestartAsync(string? databaseOverride = null)
    {
        if (_services is not null)
            await _services.DisposeAsync();
        _services = Compose(databaseOverride ?? Database.AppConnectionString);
    }

    /// <summary>A second engine process, on whatever database; its turns are run with <see cref="TurnAsync(IServiceProvider)"/>.</summary>
    public ServiceProvider StartSecondEngine(string connectionString) => Compose(connectionString);

    /// <summary>A key of the account's owner for the API.</summary>
    public async Task<string> CreateKeyAsync() => (await Get<UnitOfWork>().RunAsync(
        (session, token) => Get<OwnerStore>().CreateKeyAsync(session, new OwnerId(Account.Owner), "test", "test", token), Token)).Text;

    public async Task DepositAsync(BigInteger dollars, CustodyAccount? to = null)
    {
        await Node.MintAsync(Tokens.Tusd, AnvilNode.DevAccounts[3], dollars, Token);
        await Node.TransferFromDevAsync(3, Tokens.Tusd, (to ?? Account).Address.ToString(), dollars, Token);
        BigInteger before = await LedgerBalanceAsync(Book.Customer(Account.Owner, Dollar).Code);
        await RunUntilAsync(
            async () => await LedgerBalanceAsync(Book.Customer(Account.Owner, Dollar).Code) == before + dollars, "the deposit is booked");
    }

    public async Task<IntentId> PayAsync(BigInteger amount, string? key = null, string? reference = null, string? recipient = null,
        string? token = null, params IntentId[] after)
    {
        SubmitResult result = await SubmitAsync(amount, key, reference, recipient, token, after);
        return result is SubmitResult.Accepted accepted ? accepted.Intent : throw new InvalidOperationException($"Not accepted: {result}");
    }

    public Task<SubmitResult> SubmitAsync(BigInteger amount, string? key = null, string? reference = null, string? recipient = null,
        string? token = null, params IntentId[] after)
    {
        Dictionary<string, object> body = Body(amount, recipient, token);
        body["after"] = after.Select(id => id.ToString()).ToArray();
        if (reference is not null)
            body["client_reference"] = reference;
        return SubmitAsync(body, key);
    }

    /// <summary>Submits a request as a client wrote it.</summary>
    public Task<SubmitResult> SubmitAsync(Dictionary<string, object> body, string? key = null)
    {
        JsonElement json = JsonSerializer.SerializeToElement(body);
        string idempotencyKey = key ?? Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        return Get<AdmissionService>().SubmitAsync(
            Caller, idempotencyKey, json, (intent, _) => $$"""{"id":"{{intent.Id}}"}""", Token);
    }

    /// <summary>A request to pay dollars, as a client writes it.</summary>
    public Dictionary<string, object> Body(BigInteger amount, string? recipient = null, string? token = null)
    {
        string units = amount.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var args = new { token = token ?? Tokens.Tusd, recipient = recipient ?? Recipient, amount = units };
        return new Dictionary<string, object>
        {
            ["chain"] = Chain, ["account"] = Sender, ["calls"] = new[] { new { type = "erc20.transfer", args } },
        };
    }

    /// <summary>One turn of every worker; how many moved.</summary>
    public Task<int> TurnAsync() => TurnAsync(_services!);

    public static async Task<int> TurnAsync(IServiceProvider engine)
    {
        int moved = 0;
        foreach (IWorker worker in engine.GetServices<IWorker>())
            moved += await worker.RunTurnAsync(Token);
        return moved;
    }

    public async Task SettleAsync(int quietTurns = 2)
    {
        int quiet = 0;
        for (int round = 0; round < RoundsMax && quiet < quietTurns; round++)
            quiet = await TurnAsync() == 0 ? quiet + 1 : 0;
    }

    /// <summary>
    /// Blocks pass without our transactions: the pool forgets them before each. Between the blocks everything is sent that is due.
    /// </summary>
    public async Task MineWithoutOursAsync(int blocks)
    {
        for (int mined = 0; mined < blocks; mined++)
        {
            await Node.RpcAsync("anvil_dropAllTransactions", [], Token);
            await Node.MineAsync(1, Token);
            await ResendAsync();
        }
    }

    /// <summary>Lets everything be sent that waits for its turn.</summary>
    public async Task ResendAsync()
    {
        await Task.Delay(TimeSpan.FromMilliseconds(220), TimeProvider.System, Token);
        await SettleAsync();
    }

    /// <summary>Turns and blocks until the condition holds.</summary>
    public async Task RunUntilAsync(Func<Task<bool>> condition, string what, bool mine = true)
    {
        for (int round = 0; round < RoundsMax; round++)
        {
            if (await condition())
            {
                await SettleAsync();
                return;
            }

            await TurnAsync();
            if (mine && round % 3 == 2)
                await Node.MineAsync(1, Token);
            if (round > 60)
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }

        throw new TimeoutException($"Never: {what}. {await DescribeAsync()}");
    }

    public Task RunUntilAsync(IntentId intent, string state) =>
        RunUntilAsync(async () => (await ViewAsync(intent)).State == state, $"{intent} is {state}");

    public async Task<IntentView> ViewAsync(IntentId intent) => (await Get<IntentQueries>().FindAsync(Account.Owner, intent, Token))!;

    public async Task<BigInteger> LedgerBalanceAsync(string code) =>
        (await Get<LedgerQueries>().FindAccountAsync(code, Token))?.Balance.BaseUnits ?? BigInteger.Zero;

    public Task<BigInteger> CustomerAsync() => LedgerBalanceAsync(Book.Customer(Account.Owner, Dollar).Code);

    public async Task<BigInteger> HeldAsync() =>
        (await Get<LedgerQueries>().FindAccountAsync(Book.Customer(Account.Owner, Dollar).Code, Token))?.Held.BaseUnits ?? BigInteger.Zero;

    public Task<BigInteger> RecipientBalanceAsync(string? token = null) => Node.TokenBalanceAsync(token ?? Tokens.Tusd, Recipient, Token);

    /// <summary>The books agree with themselves and with the chain, for dollars and for gas; nothing hangs in suspense.</summary>
    public async Task AssertBooksEqualChainAsync()
    {
        Assert.Empty(await Get<LedgerQueries>().DisagreementsAsync(Token));
        IReadOnlyList<TrialBalanceRow> rows = await Get<LedgerQueries>().TrialBalanceAsync(null, 1000, Token);
        foreach (IGrouping<string, TrialBalanceRow> asset in rows.GroupBy(row => row.Asset))
        {
            BigInteger debits = asset.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Debits.BaseUnits);
            Assert.Equal(debits, asset.Aggregate(BigInteger.Zero, (sum, row) => sum + row.Credits.BaseUnits));
        }

        foreach (Address address in Pool.Select(account => account.Address))
        {
            BigInteger dollars = await Node.TokenBalanceAsync(Tokens.Tusd, address.ToString(), Token);
            Assert.Equal(dollars, await LedgerBalanceAsync(Book.Wallet(address.ToHex(), Dollar, null).Code));
            BigInteger wei = await Node.BalanceAsync(address.ToString(), Token);
            Assert.Equal(wei, await LedgerBalanceAsync(Book.Wallet(address.ToHex(), $"eth-{Chain}", null).Code));
        }

        Assert.Equal(BigInteger.Zero, await LedgerBalanceAsync(Book.Suspense(Dollar).Code));
        Assert.Empty(await Get<FactQueries>().ParkedAsync(10, Token));
    }

    /// <summary>Reads as the database's owner; for looking only.</summary>
    public Task<T> ScalarAsync<T>(string sql) => ScalarAsync<T>(Database, sql);

    public static async Task<T> ScalarAsync<T>(PostgresDatabase database, string sql)
    {
        await using var connection = new NpgsqlConnection(database.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>Lets every lease and waiting time pass, as if its process had died long ago.</summary>
    public Task ExpireLeasesAsync() => ShiftClockAsync(TimeSpan.FromMinutes(5));

    /// <summary>Moves the database's clock.</summary>
    public Task ShiftClockAsync(TimeSpan by) => ExecuteAsync("update storage.clock_offset set shift = shift + $1", by);

    /// <summary>Works as the database's owner, behind the service's back.</summary>
    public async Task ExecuteAsync(string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(Database.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (object parameter in parameters)
            command.Parameters.AddWithValue(parameter);
        await command.ExecuteNonQueryAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        await Signer.DisposeAsync();
        await NodeProxy.DisposeAsync();
        await Node.DisposeAsync();
        await Database.DisposeAsync();
    }

    private async Task<string> DescribeAsync()
    {
        var text = new StringBuilder();
        text.Append("intents: ").Append(await ScalarAsync<string>(
            "select coalesce(string_agg(concat_ws(' ', state, reason, detail, needs_operator), '; '), '') from execution.intent"));
        text.Append(" slots: ").Append(await ScalarAsync<string>(
            "select coalesce(string_agg(concat_ws(' ', nonce, state, needs_operator), '; '), '') from execution.nonce_slot"));
        text.Append(" parked: ").Append(await ScalarAsync<string>(
            "select coalesce(string_agg(concat_ws(' ', consumer, error), '; '), '') from facts.parked where resolved_at is null"));
        text.Append(" incidents: ").Append(await ScalarAsync<string>(
            "select coalesce(string_agg(concat_ws(' ', kind, detail), '; '), '') from execution.incident"));
        return text.ToString();
    }

    private async Task AllowBatchesAsync()
    {
        string batchAccount = BatchAccount = await Node.DeployBatchAccountAsync(Token);
        await Node.RpcAsync("anvil_setCode", [Signer.Account.ToString(), $"0xef0100{batchAccount[2..].ToLowerInvariant()}"], Token);
        await Signer.WritePolicyAsync([Tokens.Tusd, Tokens.TusdProxied, Tokens.False], "1000000000000", Token, [batchAccount]);
        await Signer.RestartAsync(null, Token);
        _settings = new Dictionary<string, string>(_settings) { ["Chains:0:BatchDelegates:0"] = batchAccount };
    }

    private async Task SetUpAsync(AccountCustody custody, bool nativeIsCustomerMoney, bool batches)
    {
        UnitOfWork unitOfWork = Get<UnitOfWork>();
        OwnerId owner = default;
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                owner = await Get<OwnerStore>().EnsureOwnerAsync(session, "acme", "test", token);
                Account = await Get<AccountStore>().RegisterAsync(
                    session, owner.Value, Chain, Signer.Account, nativeIsCustomerMoney, custody, token, batches);
                AssetStore assets = Get<AssetStore>();
                await assets.ListAsync(session, new Asset($"eth-{Chain}", Chain, null, "ETH", 18), token);
                await assets.ListAsync(session, new Asset(Dollar, Chain, Address.Parse(Tokens.Tusd), "TUSD", 6), token);
                await assets.ListAsync(session, new Asset($"tfalse-{Chain}", Chain, Address.Parse(Tokens.False), "TFALSE", 6), token);
            },
            Token);
        Caller = new Caller(owner, Guid.Empty, "test");
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                AccountStore accounts = Get<AccountStore>();
                foreach (Address member in Signer.Accounts.Skip(1))
                {
                    CustodyAccount account = await accounts.RegisterAsync(
                        session, owner.Value, Chain, member, nativeIsCustomerMoney, custody, token);
                    await accounts.SetPoolAsync(session, account.Id, Account.Id, token);
                }

                Pool = await accounts.LockPoolAsync(session, Account.Id, token);
            },
            Token);
    }

    /// <summary>The settings of the service, as its configuration file would hold them.</summary>
    public SortedDictionary<string, string?> Settings(string connectionString) => new(StringComparer.Ordinal)
    {
        ["Storage:ConnectionString"] = connectionString,
        ["Signer:SocketPath"] = Signer.Options.SocketPath,
        ["Signer:TokenFile"] = Signer.Options.TokenFile,
        ["Signer:Timeout"] = "00:00:20",
        ["Chains:0:Id"] = "31337",
        ["Chains:0:Name"] = "local",
        ["Chains:0:PollInterval"] = "00:00:00.001",
        ["Chains:0:ResendInterval"] = "00:00:00.200",
        ["Chains:0:Finality:Mode"] = "tag",
        // Tests give native coin without a transaction.
        ["Indexing:NativeCheckInterval"] = "00:00:00",
        ["Chains:0:Finality:Quorum"] = "1",
        ["Chains:0:Providers:0:Name"] = "anvil",
        ["Chains:0:Providers:0:Http"] = $"http://127.0.0.1:{NodeProxy.Port}",
        ["Execution:RetryDelay"] = "00:00:00.050",
        // The test's own engine lives on beside the servers that it starts, and does nothing meanwhile.
        ["Indexing:LeaseDuration"] = "00:00:03",
    };

    private ServiceProvider Compose(string connectionString)
    {
        SortedDictionary<string, string?> settings = Settings(connectionString);
        foreach ((string name, string value) in _settings)
            settings[name] = value;
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new TestOutputLoggerProvider()));
        services.AddEngine(configuration);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    }
}
