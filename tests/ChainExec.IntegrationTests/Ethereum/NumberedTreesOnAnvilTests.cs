using System.Buffers.Binary;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>
/// Random trees of calls through a contract that does what its call data says: number i is logged in the frame of which the test knows that
/// it logs i, so the truth is known without any tracer.
/// </summary>
public sealed class NumberedTreesOnAnvilTests : IAsyncLifetime
{
    // 01 nnnn logs a number; 02 llll and 03 llll call and delegatecall the contract itself with so many bytes that follow; another byte
    // reverts. What fails below fails alone.
    private const string Interpreter =
        "60005b80361115602957803560f81c80600114602b57806002146040578060031460665760006000fd5b005b508060010135"
        + "60f01c60006000a16003016002565b50806001013560f01c8082600301600037600060008260006000305af1500160030160"
        + "02565b50806001013560f01c808260030160003760006000826000305af45001600301600256";

    private const int LogsMax = 60;
    private const int DepthMax = 6;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());
    private AnvilNode _node = null!;
    private RpcClient _rpc = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await AnvilNode.StartAsync(new AnvilOptions { ExtraArguments = ["--gas-limit", "300000000"] }, Token);
        _rpc = new RpcClient("anvil", _node.HttpUri, _http, new RpcClientOptions(), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Every_numbered_log_is_of_the_frame_that_logged_it()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("CHAINEXEC_TEST_SEED"), out int given) ? given : Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        int trees = Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") is null ? 25 : 500;
        string contract = await DeployAsync();
        int logs = 0;
        for (int at = 0; at < trees; at++)
        {
            var tree = new Tree(new Random(seed + at));
            string hash = await _node.SendFromDevAsync(0, contract, 0, Hex.Encode(tree.Program), Token);
            await _node.MineAsync(1, Token);
            RpcReceipt receipt = (await _rpc.GetTransactionReceiptAsync(Hash32.Parse(hash), Token))!;
            logs += Check(tree, receipt, await _rpc.TraceTransactionAsync(receipt.TransactionHash, Token), $"seed {seed + at}");
        }

        Assert.True(logs > trees, $"{logs} logs in {trees} trees");
    }

    private static int Check(Tree tree, RpcReceipt receipt, CallFrame root, string seed)
    {
        Assert.True(receipt.Status, seed);
        string[] truth = [.. tree.Lasting.Select(log => $"{log.Number} at {string.Join('.', log.Path)}")];
        CallTrace trace = CallTrace.Flatten(root);
        LogsAttributed attributed = Assert.IsType<LogsAttributed>(trace.Attribute(receipt.Logs));
        string[] found =
        [
            .. receipt.Logs.Zip(attributed.CallIndexes, (log, frame) =>
                $"{BinaryPrimitives.ReadUInt16BigEndian(log.Topics[0].ToArray().AsSpan(30))} at {string.Join('.', trace.PathTo(frame))}"),
        ];
        Assert.True(truth.SequenceEqual(found), $"{seed}\n{string.Join(", ", truth)}\n{string.Join(", ", found)}");

        AttributedCall call = Assert.Single(Assert.Single(TransactionAttribution.Of(receipt, root, BatchTable.Shipped).Operations).Calls);
        Assert.Equal(Enumerable.Range(0, truth.Length), call.Logs);
        return truth.Length;
    }

    private async Task<string> DeployAsync()
    {
        string length = (Interpreter.Length / 2).ToString("x2", null);
        var creation = new
        {
            from = AnvilNode.DevAccounts[0], data = $"0x60{length}600c60003960{length}6000f3{Interpreter}", gas = "0x7a120",
        };
        string hash = (await _node.RpcAsync("eth_sendTransaction", [creation], Token)).GetString()!;
        await _node.MineAsync(1, Token);
        return (await _rpc.GetTransactionReceiptAsync(Hash32.Parse(hash), Token))!.ContractAddress!.Value.ToHex();
    }

    /// <summary>A random program, and what it must log.</summary>
    private sealed class Tree
    {
        private readonly Random _random;
        private int _next;

        public Tree(Random random)
        {
            _random = random;
            (Program, Lasting) = Make([], mayFail: false);
        }

        public byte[] Program { get; }

        public List<(int Number, int[] Path)> Lasting { get; }

        private (byte[] Program, List<(int Number, int[] Path)> Lasting) Make(int[] path, bool mayFail)
        {
            var program = new List<byte>();
            var lasting = new List<(int, int[])>();
            int calls = 0;
            for (int left = _random.Next(1, 7); left > 0 && _next < LogsMax; left--)
            {
                if (path.Length >= DepthMax || _random.Next(5) < 2)
                {
                    lasting.Add((_next, path));
                    program.AddRange([1, (byte)(_next >> 8), (byte)_next++]);
                    continue;
                }

                (byte[] below, List<(int, int[])> logged) = Make([.. path, calls++], mayFail: true);
                program.AddRange([(byte)_random.Next(2, 4), (byte)(below.Length >> 8), (byte)below.Length, .. below]);
                lasting.AddRange(logged);
            }

            if (!mayFail || _random.Next(5) > 0)
                return ([.. program], lasting);
            program.Add(0xff);
            return ([.. program], []);
        }
    }
}
