using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Tests.Rpc;

/// <summary>
/// A provider at the other end of HTTP, played in memory: it has a head, receipts and logs, and can be silent, slow, limited, behind or
/// lying. What it is asked is noted.
/// </summary>
internal sealed class PlayedProvider(string name) : HttpMessageHandler
{
    private static readonly string NoBloom = "0x" + new string('0', 512);
    private readonly Lock _gate = new();

    public string Name { get; } = name;

    /// <summary>The height of the head it tells.</summary>
    public ulong Head { get; set; } = 100;

    /// <summary>True while it does not answer at all.</summary>
    public bool IsDown { get; set; }

    /// <summary>The receipts it has, by transaction; the number tells one from another.</summary>
    public Dictionary<Hash32, int> Receipts { get; } = [];

    /// <summary>Answers a call in its own way, when not null: status, body without its envelope, Retry-After in seconds.</summary>
    public Func<string, JsonArray, (int Status, string Body, int? RetryAfter)?>? Special { get; set; }

    /// <summary>The methods it was asked, in order, with their parameters.</summary>
    public List<(string Method, JsonArray Parameters)> Asked { get; } = [];

    public RpcClient Client(TimeProvider time) =>
        new(Name, new Uri("http://localhost"), new HttpMessageInvoker(this), new RpcClientOptions { BatchSizeMax = 16 }, time);

    public static string Error(int code, string message) => $$"""
        "error":{"code":{{code}},"message":"{{message}}"}
        """;

    public static string Block(ulong number) =>
        $$""" "result":{"number":"0x{{number:x}}","hash":"{{HashOf(number)}}","parentHash":"{{HashOf(number - 1)}}", """
        + $$""" "timestamp":"0x1","gasLimit":"0x1","gasUsed":"0x1","logsBloom":"{{NoBloom}}","receiptsRoot":"{{HashOf(1)}}", """
        + """ "transactions":[]} """;

    public static string HashOf(ulong number) => "0x" + new string('e', 48) + number.ToString("x16", null);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        JsonNode body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!;
        string method = body is JsonArray ? "batch" : (string)body["method"]!;
        JsonArray parameters = body as JsonArray ?? body["params"]!.AsArray();
        lock (_gate)
        {
            Asked.Add((method, parameters));
        }

        if (IsDown)
        {
            throw new HttpRequestException("down");
        }

        (int status, string answer, int? retryAfter) = Special?.Invoke(method, parameters) ?? (200, Answer(method, parameters), null);
        string text = method == "batch" ? answer : $$"""{"jsonrpc":"2.0","id":{{body["id"]}},{{answer}}}""";
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) };
        if (retryAfter is { } seconds)
        {
            response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(seconds));
        }

        return response;
    }

    private string Answer(string method, JsonArray parameters) => method switch
    {
        "eth_getBlockByNumber" => Block(Head),
        "eth_getTransactionReceipt" => Receipts.TryGetValue(Hash32.Parse((string)parameters[0]!), out int number)
            ? Receipt((string)parameters[0]!, number)
            : "\"result\":null",
        "eth_getLogs" => "\"result\":[]",
        _ => Error(-32601, "no such method"),
    };

    private static string Receipt(string hash, int number) =>
        $$""" "result":{"transactionHash":"{{hash}}","transactionIndex":"0x0","blockHash":"{{HashOf((ulong)number)}}", """
        + $$""" "blockNumber":"0x{{number:x}}","from":"0x{{new string('1', 40)}}","status":"0x1","gasUsed":"0x1", """
        + """ "effectiveGasPrice":"0x1","logs":[]} """;
}
