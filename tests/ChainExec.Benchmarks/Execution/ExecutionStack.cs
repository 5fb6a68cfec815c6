using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Governance;
using ChainExec.IntegrationTests.Execution;
using ChainExec.Server.Composition;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ChainExec.Benchmarks.Execution;

/// <summary>
/// The whole service as an operator runs it: a PostgreSQL that flushes each commit, an anvil that makes a block each second, a signer
/// process, and the server with every role and its default settings, asked over HTTP. All on this machine.
/// </summary>
internal sealed class ExecutionStack : IAsyncDisposable
{
    public const long Chain = 31337;
    public const string Dollar = "tusd-31337";

    private const int Minter = 0;
    private const int Funder = 9;
    private static readonly TimeSpan FundingDeadline = TimeSpan.FromSeconds(60);
    private static readonly BigInteger DollarsEach = BigInteger.Pow(10, 12);

    private readonly PostgresServer _postgres;
    private WebApplication? _app;

    private ExecutionStack(PostgresServer postgres, PostgresDatabase database, AnvilNode node, TestTokens tokens, SignerHost signer)
    {
        _postgres = postgres;
        Database = database;
        Node = node;
        Tokens = tokens;
        Signer = signer;
    }

    public PostgresDatabase Database { get; }

    public AnvilNode Node { get; }

    public TestTokens Tokens { get; }

    public SignerHost Signer { get; }

    /// <summary>Keys that the signer holds and nobody has used.</summary>
    public Queue<byte[]> Unused { get; } = new();

    public Uri Url => new(_app!.Urls.Single());

    private IServiceProvider Services => _app!.Services;

    /// <summary>Starts everything, with so many keys in the signer.</summary>
    public static async Task<ExecutionStack> StartAsync(int keys, CancellationToken cancellationToken)
    {
        PostgresServer postgres = await PostgresServer.StartAsync(
            new PostgresServerOptions
            {
                Settings =
                [
                    "shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track=top",
                    "pg_stat_statements.track_planning=on", "max_wal_size=8GB",
                ],
            },
            cancellationToken);
        PostgresDatabase database = await postgres.CreateDatabaseAsync(cancellationToken);
        AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions { BlockTime = TimeSpan.FromSeconds(1) }, cancellationToken);
        TestTokens tokens = await node.DeployTokensAsync(cancellationToken);
        byte[][] secrets = [.. Enumerable.Range(0, keys).Select(_ => (byte[])[1, .. RandomNumberGenerator.GetBytes(31)])];
        SignerHost signer = await SignerHost.StartAsync(tokens, secrets, cancellationToken);
        var stack = new ExecutionStack(postgres, database, node, tokens, signer);
        foreach (byte[] secret in secrets)
            stack.Unused.Enqueue(secret);
        await stack.ExecuteAsync("create extension pg_stat_statements", cancellationToken);
        await stack.StartServerAsync(cancellationToken);
        return stack;
    }

    /// <summary>Stops the server and starts another one on the same database.</summary>
    public async Task RestartServerAsync(CancellationToken cancellationToken)
    {
        await StopServerAsync();
        await StartServerAsync(cancellationToken);
    }

    public async Task StopServerAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    public async Task StartServerAsync(CancellationToken cancellationToken)
    {
        _app = ServerHost.Build([], new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Storage:ConnectionString"] = Database.AppConnectionString,
            ["Signer:SocketPath"] = Signer.Options.SocketPath,
            ["Signer:TokenFile"] = Signer.Options.TokenFile,
            ["Chains:0:Id"] = Chain.ToString(CultureInfo.InvariantCulture),
            ["Chains:0:Name"] = "local",
            ["Chains:0:Finality:Mode"] = "tag",
            ["Chains:0:Finality:Quorum"] = "1",
            ["Chains:0:Providers:0:Name"] = "anvil",
            ["Chains:0:Providers:0:Http"] = Node.HttpUri.ToString(),
            ["Chains:0:Providers:0:WebSocket"] = Node.WebSocketUri.ToString(),
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await _app.StartAsync(cancellationToken);
        await Get<UnitOfWork>().RunAsync(
            (session, token) => Get<AssetStore>().ListAsync(
                session, new Asset(Dollar, Chain, Address.Parse(Tokens.Tusd), "TUSD", 6), token),
            cancellationToken);
    }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>
    /// Registers senders and pays gas and dollars to them on chain; returns when the deposits are booked. Each is of an owner of its own,
    /// or all are of one.
    /// </summary>
    /// <param name="nonce">The nonce that the chain says they have used up to.</param>
    public async Task<IReadOnlyList<BenchSender>> AddSendersAsync(
        string name, int count, bool ofOneOwner, long nonce, CancellationToken cancellationToken)
    {
        var senders = new List<BenchSender>();
        for (int index = 0; index < count; index++)
            senders.Add(await RegisterAsync(ofOneOwner ? name : $"{name}-{index}", cancellationToken));
        foreach (BenchSender sender in senders)
        {
            string address = sender.Address.ToString();
            if (nonce > 0)
                await Node.RpcAsync("anvil_setNonce", [address, $"0x{nonce:x}"], cancellationToken);
            await Node.SendFromDevAsync(Funder, address, BigInteger.Pow(10, 20), "0x", cancellationToken);
            await Node.SendFromDevAsync(Minter, Tokens.Tusd, 0, TokenCalls.Mint(address, DollarsEach), cancellationToken);
        }

        var expected = new BigInteger(count) * DollarsEach;
        await Eventually.TrueAsync(
            async () => await ScalarAsync<decimal>(
                $"select coalesce(sum(posted_credit), 0) from ledger.account where code like 'customer:%:{Dollar}' and owner_id = any ($1)",
                cancellationToken, senders.Select(sender => sender.Owner).Distinct().ToArray()) == (decimal)expected,
            FundingDeadline, "the deposits are booked", () => Task.FromResult(name), cancellationToken);
        return senders;
    }

    public async Task<T> ScalarAsync<T>(string sql, CancellationToken cancellationToken, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(Database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        foreach (object parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Database.OwnerConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await StopServerAsync();
        await Signer.DisposeAsync();
        await Node.DisposeAsync();
        await Database.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private async Task<BenchSender> RegisterAsync(string owner, CancellationToken cancellationToken)
    {
        using PrivateKey key = PrivateKey.FromBytes(Unused.Dequeue());
        Address address = key.Address;
        return await Get<UnitOfWork>().RunAsync(
            async (session, token) =>
            {
                OwnerStore owners = Get<OwnerStore>();
                OwnerId id = await owners.EnsureOwnerAsync(session, owner, "bench", token);
                ApiKeySecret apiKey = await owners.CreateKeyAsync(session, id, "bench", "bench", token);
                CustodyAccount account = await Get<AccountStore>().RegisterAsync(
                    session, id.Value, Chain, address, nativeIsCustomerMoney: false, token);
                return new BenchSender(id.Value, account.Id.Value, address, apiKey.Text);
            },
            cancellationToken);
    }
}

/// <summary>An account that pays, and the API key of its owner.</summary>
internal sealed record BenchSender(Guid Owner, Guid Account, Address Address, string ApiKey);
