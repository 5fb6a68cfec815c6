using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Trie;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>A transaction of a scripted chain.</summary>
internal sealed record ScriptedTransaction(
    Address From, Address? To, BigInteger Value, long Nonce, bool Succeeded, IReadOnlyList<ScriptedLog> Logs)
{
    public byte[] Input { get; init; } = [];

    public Hash32 Hash { get; init; } = Keccak256.Hash(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToByteArray());
}

/// <summary>A log of a scripted transaction.</summary>
internal sealed record ScriptedLog(Address Emitter, IReadOnlyList<Hash32> Topics, byte[] Data);

/// <summary>A block of a scripted chain.</summary>
internal sealed record ScriptedBlock(long Number, Hash32 Hash, Hash32 Parent, IReadOnlyList<ScriptedTransaction> Transactions)
{
    /// <summary>What a header commits to, made of the receipts that an honest node gives.</summary>
    public Hash32 ReceiptsRoot { get; } = ReceiptProof.RootOf([.. Receipts(Transactions)]);

    /// <summary>The filter over its logs.</summary>
    public byte[] Bloom { get; } = BloomOf(Transactions);

    /// <summary>What makes it another block than one with the same content.</summary>
    public int Salt { get; init; }

    private static byte[] BloomOf(IReadOnlyList<ScriptedTransaction> transactions)
    {
        var bloom = new LogBloom();
        foreach (RpcReceipt receipt in Receipts(transactions))
            bloom.Add(receipt.Logs);
        return bloom.Bits.ToArray();
    }

    private static IEnumerable<RpcReceipt> Receipts(IReadOnlyList<ScriptedTransaction> transactions) =>
        transactions.Select((transaction, index) => new RpcReceipt(
            transaction.Hash, index, 0, Hash32.Zero, 0, transaction.From, transaction.To, transaction.Succeeded, ScriptedNode.GasUsed,
            UInt256.One, null,
            [.. transaction.Logs.Select(log => new RpcLog(
                log.Emitter, log.Topics, log.Data, 0, transaction.Hash, index, Hash32.Zero, 0, Removed: false))]));
}

/// <summary>
/// A JSON-RPC node over real HTTP whose chain a test writes: forks, the very same block coming back, lags, lies. Blocks that left the
/// chain stay readable by hash, as with geth.
/// </summary>
internal sealed class ScriptedNode : IAsyncDisposable
{
    /// <summary>What every transaction uses.</summary>
    public const ulong GasUsed = 21_000;

    /// <summary>The time of the first block; each one comes a second after the one before.</summary>
    public const ulong FirstTimestamp = 1_790_000_000;

    private static int s_salt;

    private readonly Lock _gate = new();
    private readonly WebApplication _server;
    private readonly Dictionary<Hash32, ScriptedBlock> _known = [];
    private List<ScriptedBlock> _chain = [];
    private int _questions;
    private int _traces;

    private ScriptedNode(WebApplication server) => _server = server;

    public Uri Uri => new(_server.Urls.Single());

    /// <summary>The height of the <c>finalized</c> tag.</summary>
    public long Finalized { get; set; }

    public ulong ChainId { get; set; } = 31337;

    /// <summary>
    /// Whether blocks and transactions are named by the hashes of what they hold, as on Ethereum; else by chance, as a chain with a form
    /// of its own looks to us.
    /// </summary>
    public bool HasTrueHashes { get; init; }

    /// <summary>Answers 503 to everything.</summary>
    public bool IsDown { get; set; }

    /// <summary>What the node says instead, given the method, its parameters and the honest answer.</summary>
    public Func<string, JsonNode, JsonNode?, JsonNode?>? Lie { get; set; }

    /// <summary>What it says when it does not trace.</summary>
    public string TraceRefusal { get; set; } = "the method debug_traceTransaction does not exist";

    /// <summary>The frames of a transaction; a node without it, or that answers nothing, has no such method.</summary>
    public Func<Hash32, JsonNode?>? Trace { get; set; }

    /// <summary>How many traces were asked for.</summary>
    public int Traces => Volatile.Read(ref _traces);

    /// <summary>How many questions were asked.</summary>
    public int Questions => Volatile.Read(ref _questions);

    /// <summary>The canonical chain, from genesis on.</summary>
    public IReadOnlyList<ScriptedBlock> Chain
    {
        get
        {
            lock (_gate)
                return [.. _chain];
        }
    }

    public ScriptedBlock Head => Chain[^1];

    /// <summary>Starts a node; with a chain of its own, or with the genesis block of another.</summary>
    public static async Task<ScriptedNode> StartAsync(
        CancellationToken cancellationToken, ScriptedBlock? genesis = null, bool hasTrueHashes = false)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var node = new ScriptedNode(builder.Build()) { HasTrueHashes = hasTrueHashes };
        node._server.MapPost("/", node.ServeAsync);
        if (genesis is null)
            node.Mine();
        else
            node.Switch([genesis]);
        await node._server.StartAsync(cancellationToken);
        return node;
    }

    /// <summary>A new block on top of the head.</summary>
    public ScriptedBlock Mine(params IReadOnlyList<ScriptedTransaction> transactions)
    {
        lock (_gate)
        {
            Hash32 parent = _chain.Count == 0 ? Hash32.Zero : _chain[^1].Hash;
            byte[] seed = new byte[Hash32.Size + 4];
            parent.CopyTo(seed);
            BinaryPrimitives.WriteInt32BigEndian(seed.AsSpan(Hash32.Size), Interlocked.Increment(ref s_salt));
            ScriptedBlock block = HasTrueHashes
                ? TrueHashes.Block(_chain.Count, parent, transactions, s_salt)
                : new ScriptedBlock(_chain.Count, Keccak256.Hash(seed), parent, transactions);
            _known[block.Hash] = block;
            _chain.Add(block);
            return block;
        }
    }

    public void MineEmpty(int blocks)
    {
        for (int mined = 0; mined < blocks; mined++)
            Mine();
    }

    /// <summary>Drops the last blocks from the chain; what follows is a fork.</summary>
    public void Rewind(int blocks)
    {
        lock (_gate)
            _chain.RemoveRange(_chain.Count - blocks, blocks);
    }

    /// <summary>Makes another list of blocks the chain, such as one kept from before.</summary>
    public void Switch(IReadOnlyList<ScriptedBlock> chain)
    {
        lock (_gate)
        {
            _chain = [.. chain];
            foreach (ScriptedBlock block in chain)
                _known[block.Hash] = block;
        }
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private async Task<IResult> ServeAsync(HttpRequest request)
    {
        JsonNode question = (await JsonNode.ParseAsync(request.Body))!;
        if (IsDown)
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        Interlocked.Increment(ref _questions);
        JsonNode answer = question is JsonArray batch
            ? new JsonArray([.. batch.Select(item => (JsonNode)Answer(item!))])
            : Answer(question);
        return Results.Text(answer.ToJsonString(), "application/json");
    }

    private JsonObject Answer(JsonNode request)
    {
        string method = request["method"]!.GetValue<string>();
        JsonNode parameters = request["params"]!;
        if (method == "debug_traceTransaction")
            return AnswerTrace(request, Hash32.Parse(parameters[0]!.GetValue<string>()));
        JsonNode? honest;
        lock (_gate)
        {
            honest = method switch
            {
                "eth_chainId" => Quantity(ChainId),
                "eth_getBlockByNumber" =>
                    At(parameters[0]!.GetValue<string>()) is { } block ? Rendered(block, parameters[1]!.GetValue<bool>()) : null,
                "eth_getBlockByHash" => ByHash(parameters) is { } block ? Rendered(block, parameters[1]!.GetValue<bool>()) : null,
                "eth_getBlockReceipts" => ByHash(parameters) is { } block ? Receipts(block) : null,
                "eth_getLogs" => Logs(parameters[0]!),
                "eth_getBalance" => Quantity(Balance(Address.Parse(parameters[0]!.GetValue<string>()), parameters[1]!.GetValue<string>())),
                "eth_call" => TokenBalance(parameters[0]!, parameters[1]!.GetValue<string>()),
                _ => throw new NotSupportedException(method),
            };
        }

        JsonNode? answer = Lie is { } lie ? lie(method, parameters, honest) : honest;
        return new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]!.DeepClone(), ["result"] = answer?.DeepClone() };
    }

    private JsonObject AnswerTrace(JsonNode request, Hash32 transaction)
    {
        Interlocked.Increment(ref _traces);
        var answer = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]!.DeepClone() };
        if (Trace?.Invoke(transaction) is { } root)
            answer["result"] = root.DeepClone();
        else
            answer["error"] = new JsonObject { ["code"] = -32601, ["message"] = TraceRefusal };
        return answer;
    }

    // What payments left; fees are not counted.
    private BigInteger Balance(Address account, string tag) => TransactionsUpTo(tag)
        .Where(transaction => transaction.Succeeded)
        .Aggregate(
            BigInteger.Zero,
            (sum, transaction) => sum + (transaction.To == account ? transaction.Value : 0)
                - (transaction.From == account ? transaction.Value : 0));

    // balanceOf(address) of any contract, by its transfers.
    private string TokenBalance(JsonNode call, string tag)
    {
        Address token = Address.Parse(call["to"]!.GetValue<string>());
        Hash32 account = Hash32.Parse("0x" + call["data"]!.GetValue<string>()[10..]);
        BigInteger balance = TransactionsUpTo(tag).SelectMany(transaction => transaction.Logs)
            .Where(log => log.Emitter == token && log.Topics.Count == 3)
            .Aggregate(
                BigInteger.Zero,
                (sum, log) => sum + (log.Topics[2] == account ? Word(log.Data) : 0) - (log.Topics[1] == account ? Word(log.Data) : 0));
        return Hex.Encode(A.Word(BigInteger.Max(0, balance)));

        static BigInteger Word(byte[] data) => new(data, isUnsigned: true, isBigEndian: true);
    }

    private IEnumerable<ScriptedTransaction> TransactionsUpTo(string tag) =>
        _chain.Take((int)(At(tag)?.Number ?? -1) + 1).SelectMany(block => block.Transactions);

    private ScriptedBlock? At(string tag)
    {
        long number = tag switch
        {
            "latest" => _chain.Count - 1,
            "finalized" or "safe" => Math.Min(Finalized, _chain.Count - 1),
            _ => long.Parse(tag.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
        };
        return number < _chain.Count ? _chain[(int)number] : null;
    }

    private ScriptedBlock? ByHash(JsonNode parameters)
    {
        string hash = parameters[0] is JsonObject named ? named["blockHash"]!.GetValue<string>() : parameters[0]!.GetValue<string>();
        return _known.GetValueOrDefault(Hash32.Parse(hash));
    }

    // The filter's addresses and topics as nodes read them: a list is a choice, null or an empty list is anything.
    private JsonArray Logs(JsonNode filter)
    {
        HashSet<string> addresses = [.. Choice(filter["address"])];
        List<HashSet<string>> topics = [.. (filter["topics"] as JsonArray ?? []).Select(place => Choice(place).ToHashSet())];
        var found = new JsonArray();
        for (long number = Height(filter["fromBlock"]!); number <= Math.Min(Height(filter["toBlock"]!), _chain.Count - 1); number++)
        {
            foreach (JsonNode? log in Receipts(_chain[(int)number]).SelectMany(receipt => receipt!["logs"]!.AsArray()))
            {
                JsonArray given = log!["topics"]!.AsArray();
                if ((addresses.Count == 0 || addresses.Contains(log["address"]!.GetValue<string>())) && topics.Count <= given.Count
                    && topics.Index().All(place => place.Item.Count == 0 || place.Item.Contains(given[place.Index]!.GetValue<string>())))
                    found.Add(log.DeepClone());
            }
        }

        return found;

        static IEnumerable<string> Choice(JsonNode? node) =>
            node is JsonArray list ? list.Select(item => item!.GetValue<string>()) : node is null ? [] : [node.GetValue<string>()];
        static long Height(JsonNode node) =>
            long.Parse(node.GetValue<string>().AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private JsonObject Rendered(ScriptedBlock block, bool full)
    {
        JsonObject rendered = Render(block, full);
        if (HasTrueHashes)
            TrueHashes.Complete(rendered, block);
        return rendered;
    }

    private static JsonObject Render(ScriptedBlock block, bool full) => new()
    {
        ["number"] = Quantity(block.Number),
        ["hash"] = block.Hash.ToString(),
        ["parentHash"] = block.Parent.ToString(),
        ["timestamp"] = Quantity(FirstTimestamp + (ulong)block.Number),
        ["baseFeePerGas"] = "0x7",
        ["gasLimit"] = "0x1c9c380",
        ["gasUsed"] = "0x0",
        ["logsBloom"] = Hex.Encode(block.Bloom),
        ["receiptsRoot"] = block.ReceiptsRoot.ToString(),
        ["transactions"] = new JsonArray([.. block.Transactions.Select((transaction, index) => full
            ? Render(block, transaction, index)
            : (JsonNode)transaction.Hash.ToString())]),
    };

    private static JsonObject Render(ScriptedBlock block, ScriptedTransaction transaction, int index) => new()
    {
        ["hash"] = transaction.Hash.ToString(),
        ["type"] = "0x2",
        ["from"] = transaction.From.ToHex(),
        ["to"] = transaction.To?.ToHex(),
        ["nonce"] = Quantity(transaction.Nonce),
        ["value"] = Quantity(transaction.Value),
        ["gas"] = "0x5208",
        ["input"] = Hex.Encode(transaction.Input),
        ["blockHash"] = block.Hash.ToString(),
        ["blockNumber"] = Quantity(block.Number),
        ["transactionIndex"] = Quantity(index),
    };

    private static JsonArray Receipts(ScriptedBlock block)
    {
        int logIndex = 0;
        return [.. block.Transactions.Select((transaction, index) => (JsonNode)new JsonObject
        {
            ["transactionHash"] = transaction.Hash.ToString(),
            ["transactionIndex"] = Quantity(index),
            ["blockHash"] = block.Hash.ToString(),
            ["blockNumber"] = Quantity(block.Number),
            ["from"] = transaction.From.ToHex(),
            ["to"] = transaction.To?.ToHex(),
            ["status"] = transaction.Succeeded ? "0x1" : "0x0",
            ["gasUsed"] = Quantity(GasUsed),
            ["effectiveGasPrice"] = "0x3b9aca00",
            ["logs"] = new JsonArray([.. transaction.Logs.Select(log => new JsonObject
            {
                ["address"] = log.Emitter.ToHex(),
                ["topics"] = new JsonArray([.. log.Topics.Select(topic => (JsonNode)topic.ToString())]),
                ["data"] = Hex.Encode(log.Data),
                ["logIndex"] = Quantity(logIndex++),
                ["transactionHash"] = transaction.Hash.ToString(),
                ["transactionIndex"] = Quantity(index),
                ["blockHash"] = block.Hash.ToString(),
                ["blockNumber"] = Quantity(block.Number),
                ["removed"] = false,
            })]),
        })];
    }

    private static JsonNode Quantity(BigInteger value) =>
        value.IsZero ? "0x0" : "0x" + value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0');
}
