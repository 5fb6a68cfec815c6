using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace ChainExec.TestKit;

/// <summary>
/// A development node that a test starts for itself: its process, its JSON-RPC, its unlocked accounts and the test tokens on
/// it.
/// </summary>
public abstract class DevNode : IAsyncDisposable
{
    private const int StartAttemptsMax = 5;
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MinedDeadline = TimeSpan.FromSeconds(30);
    private static readonly HttpMessageInvoker Http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) });

    private ChildProcess? _process;
    private long _requests;

    /// <summary>
    /// The ten unlocked accounts of the public development mnemonic, 10,000 ether each; <see cref="SendFromDevAsync"/> uses them.
    /// </summary>
    public static IReadOnlyList<string> DevAccounts { get; } =
    [
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
        "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65", "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
        "0x976EA74026E726554dB657fA54763abd0C3a0aa9", "0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
        "0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f", "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
    ];

    /// <summary>The JSON-RPC address over HTTP. The same again after a restart.</summary>
    public Uri HttpUri => new($"http://127.0.0.1:{Port}");

    /// <summary>The JSON-RPC address over WebSocket.</summary>
    public Uri WebSocketUri => new($"ws://127.0.0.1:{Port}");

    /// <summary>The TCP port that it listens at.</summary>
    protected int Port { get; private set; }

    /// <summary>What it is called in failure messages.</summary>
    protected abstract string Program { get; }

    /// <summary>Whether blocks come only from <see cref="MineAsync"/>.</summary>
    protected abstract bool MinesWhenTold { get; }

    /// <summary>SIGTERM: a state file, if there is one, is written a last time.</summary>
    public async Task StopAsync()
    {
        if (_process == null)
            return;
        await _process.TerminateAsync(StopGrace);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        if (_process == null)
            return;
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Starts again on the same port, from a state file or else from genesis, after a stop or a kill.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        string? refusal = await LaunchAsync(cancellationToken);
        if (refusal != null)
            throw new InvalidOperationException($"{Program} did not start again:\n{refusal}");
    }

    /// <summary>Calls one JSON-RPC method; parameters are serialised as they are, so quantities are hex strings.</summary>
    /// <exception cref="JsonRpcException">The node answered with an error.</exception>
    public async Task<JsonElement> RpcAsync(string method, IReadOnlyList<object?> parameters, CancellationToken cancellationToken)
    {
        var body = new { jsonrpc = "2.0", id = Interlocked.Increment(ref _requests), method, @params = parameters };
        using HttpRequestMessage request = new(HttpMethod.Post, HttpUri)
        {
            Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage response = await Http.SendAsync(request, cancellationToken);
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using JsonDocument answer = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
        if (answer.RootElement.TryGetProperty("error", out JsonElement error))
            throw new JsonRpcException(method, error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString() ?? "");
        return answer.RootElement.GetProperty("result").Clone();
    }

    /// <summary>Mines <paramref name="blocks"/> blocks; the first takes what is in the pool.</summary>
    public async Task MineAsync(int blocks, CancellationToken cancellationToken)
    {
        for (int mined = 0; mined < blocks; mined++)
            await RpcAsync("evm_mine", [], cancellationToken);
    }

    /// <summary>
    /// Replaces the last <paramref name="depth"/> blocks by others of the same heights. They are empty but for the signed raw transactions
    /// given, each with the offset of its block from the first replaced one. Other transactions vanish and do not return to the pool.
    /// Only anvil can; another node refuses the method.
    /// </summary>
    public Task ReorgAsync(
        int depth, IReadOnlyList<(string RawTransaction, int BlockOffset)> transactions, CancellationToken cancellationToken) =>
        RpcAsync(
            "anvil_reorg",
            [depth, transactions.Select(transaction => new object[] { transaction.RawTransaction, transaction.BlockOffset }).ToArray()],
            cancellationToken);

    /// <summary>The number of the head, or of the block that a tag ("finalized") names.</summary>
    public async Task<long> BlockNumberAsync(string tag, CancellationToken cancellationToken) =>
        (long)Quantity((await RpcAsync("eth_getBlockByNumber", [tag, false], cancellationToken)).GetProperty("number"));

    /// <summary>Compiles and deploys the test tokens; always to the same addresses, and nothing happens when they are there.</summary>
    public async Task<TestTokens> DeployTokensAsync(CancellationToken cancellationToken)
    {
        using JsonDocument deployed = await DeployAsync([], cancellationToken);
        JsonElement tokens = deployed.RootElement.GetProperty("tokens");
        string AddressOf(string name) => tokens.GetProperty(name).GetProperty("address").GetString()!;
        return new TestTokens(
            AddressOf("TUSD"), AddressOf("TUSDP"), AddressOf("TFALSE"), deployed.RootElement.GetProperty("owner").GetString()!);
    }

    /// <summary>
    /// Deploys Simple7702Account of ERC-4337 v0.8, to which an account can be delegated (EIP-7702) to call itself with several calls.
    /// </summary>
    public async Task<string> DeployBatchAccountAsync(CancellationToken cancellationToken)
    {
        using JsonDocument deployed = await DeployAsync(["--batching"], cancellationToken);
        return deployed.RootElement.GetProperty("batchAccount").GetString()!;
    }

    private async Task<JsonDocument> DeployAsync(string[] options, CancellationToken cancellationToken)
    {
        string[] mine = MinesWhenTold ? ["--mine"] : [];
        IReadOnlyList<string> output = await ChildProcess.RunAsync(
            "node", [RepositoryRoot.Combine("anvil", "deploy.mjs"), "--rpc", HttpUri.OriginalString, .. mine, .. options],
            MinedDeadline * 2, cancellationToken);
        return JsonDocument.Parse(output.Single(line => line.StartsWith('{')));
    }

    /// <summary>
    /// Mints test tokens (base units) as their owner and waits until it is mined, mining the block itself where mining is manual.
    /// </summary>
    public async Task MintAsync(string token, string to, BigInteger amount, CancellationToken cancellationToken) =>
        await SettleAsync(await SendFromDevAsync(0, token, 0, TokenCalls.Mint(to, amount), cancellationToken), cancellationToken);

    /// <summary>
    /// Sends wei to an address by a real transfer from the last development account and waits until it is mined, as in <see
    /// cref="MintAsync"/>.
    /// </summary>
    public async Task FundAsync(string address, BigInteger wei, CancellationToken cancellationToken) =>
        await SettleAsync(await SendFromDevAsync(DevAccounts.Count - 1, address, wei, "0x", cancellationToken), cancellationToken);

    /// <summary>
    /// An outside wallet: sends a transaction from a development account and returns its hash without waiting; mines nothing.
    /// </summary>
    public async Task<string> SendFromDevAsync(int account, string to, BigInteger wei, string data, CancellationToken cancellationToken)
    {
        var transaction = new { from = DevAccounts[account], to, value = Hex(wei), data, gas = "0x7a120" };
        return (await RpcAsync("eth_sendTransaction", [transaction], cancellationToken)).GetString()!;
    }

    /// <summary>An outside wallet pays tokens (base units) to an address. Returns the hash without waiting; mines nothing.</summary>
    public Task<string> TransferFromDevAsync(
        int account, string token, string to, BigInteger amount, CancellationToken cancellationToken) =>
        SendFromDevAsync(account, token, 0, TokenCalls.Transfer(to, amount), cancellationToken);

    /// <summary>A token balance in base units, at the head.</summary>
    public async Task<BigInteger> TokenBalanceAsync(string token, string owner, CancellationToken cancellationToken) =>
        Quantity(await RpcAsync("eth_call", [new { to = token, data = TokenCalls.BalanceOf(owner) }, "latest"], cancellationToken));

    /// <summary>A balance in wei, at the head.</summary>
    public async Task<BigInteger> BalanceAsync(string address, CancellationToken cancellationToken) =>
        Quantity(await RpcAsync("eth_getBalance", [address, "latest"], cancellationToken));

    /// <summary>The receipt of a transaction, or null while there is none.</summary>
    public async Task<JsonElement?> ReceiptAsync(string hash, CancellationToken cancellationToken)
    {
        JsonElement receipt = await RpcAsync("eth_getTransactionReceipt", [hash], cancellationToken);
        return receipt.ValueKind == JsonValueKind.Null ? null : receipt;
    }

    /// <summary>Kills the node.</summary>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        RemoveFiles();
        GC.SuppressFinalize(this);
    }

    /// <summary>The process that listens at <see cref="Port"/>, or ends with the reason in its output.</summary>
    protected abstract ChildProcess StartProcess();

    /// <summary>Removes what the killed process left on disk.</summary>
    protected virtual void RemoveFiles()
    {
    }

    /// <summary>Runs the script that installs a node's pinned packages, unless this clone has them.</summary>
    protected static async Task InstallAsync(string script, TimeSpan deadline) =>
        await ChildProcess.RunAsync("bash", [script], deadline, CancellationToken.None);

    /// <summary>Starts it at a port, or at a free one if that is 0, and waits until it answers.</summary>
    protected async Task StartAsync(int port, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            Port = port != 0 ? port : FreePort.Take();
            string? refusal = await LaunchAsync(cancellationToken);
            if (refusal == null)
                return;
            if (attempt == StartAttemptsMax || port != 0)
            {
                await DisposeAsync();
                throw new InvalidOperationException($"{Program} did not start:\n{refusal}");
            }
        }
    }

    private static string Hex(BigInteger value) =>
        value.IsZero ? "0x0" : "0x" + value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');

    private static BigInteger Quantity(JsonElement hex) =>
        BigInteger.Parse("0" + hex.GetString()!.AsSpan(2).ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private async Task SettleAsync(string hash, CancellationToken cancellationToken)
    {
        if (MinesWhenTold)
            await MineAsync(1, cancellationToken);
        JsonElement? receipt = await Eventually.BecomesAsync(
            () => ReceiptAsync(hash, cancellationToken), found => found != null, MinedDeadline, $"receipt of {hash}", cancellationToken);
        if (receipt!.Value.GetProperty("status").GetString() != "0x1")
            throw new InvalidOperationException($"Transaction {hash} reverted.");
    }

    private async Task<string?> LaunchAsync(CancellationToken cancellationToken)
    {
        ChildProcess process = StartProcess();
        bool ready = false;
        await Eventually.TrueAsync(
            async () => (ready = await AnswersAsync(cancellationToken)) || process.HasExited,
            ReadyDeadline, $"{Program} answers or ends", () => Task.FromResult(process.Tail()), cancellationToken);
        if (ready && !process.HasExited)
        {
            _process = process;
            return null;
        }

        string output = process.Tail();
        await process.DisposeAsync();
        return output;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RpcAsync("eth_chainId", [], cancellationToken);
            return true;
        }
        catch (HttpRequestException)
        {
            // Not listening yet.
            return false;
        }
    }
}
