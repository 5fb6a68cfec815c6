using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Tests.Rpc;

public sealed class RpcClientTests : IDisposable
{
    private static readonly RpcClientOptions Small = new()
    {
        Timeout = TimeSpan.FromSeconds(5),
        ResponseBytesMax = 10_000,
        BatchSizeMax = 3,
    };

    private readonly HttpClient _http = new(new SocketsHttpHandler());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Request_is_a_JSON_RPC_envelope_with_rising_ids()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(body => Result(body, "\"0x7a69\""));
        RpcClient client = Client(server);
        Assert.Equal(31337UL, await client.ChainIdAsync(Token));
        await client.GetBalanceAsync(Address.Zero, Hash32.Zero, Token);
        Assert.Equal("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}""", server.Bodies[0]);
        string zeroHash = "0x" + new string('0', 64);
        string zeroAddress = "0x" + new string('0', 40);
        Assert.Equal(
            $$$"""{"jsonrpc":"2.0","id":2,"method":"eth_getBalance","params":["{{{zeroAddress}}}",{"blockHash":"{{{zeroHash}}}"}]}""",
            server.Bodies[1]);
    }

    [Fact]
    public async Task Silent_node_is_unavailable_after_the_timeout()
    {
        await using RpcTestServer server = await RpcTestServer.HandlingAsync((_, _, closing) => UntilAsync(closing));
        RpcClient client = Client(server, Small with { Timeout = TimeSpan.FromMilliseconds(100) });
        RpcUnavailableException error = await Assert.ThrowsAsync<RpcUnavailableException>(() => client.ChainIdAsync(Token));
        Assert.Equal("testnode", error.Provider);
    }

    [Fact]
    public async Task Answer_that_stalls_in_the_middle_is_unavailable_after_the_timeout()
    {
        await using RpcTestServer server = await RpcTestServer.HandlingAsync(async (context, _, closing) =>
        {
            context.Response.ContentLength = 1_000;
            await context.Response.Body.WriteAsync("{"u8.ToArray(), closing);
            await context.Response.Body.FlushAsync(closing);
            await UntilAsync(closing);
        });
        RpcClient client = Client(server, Small with { Timeout = TimeSpan.FromMilliseconds(200) });
        await Assert.ThrowsAsync<RpcUnavailableException>(() => client.ChainIdAsync(Token));
    }

    [Fact]
    public async Task Cancellation_by_the_caller_stays_a_cancellation()
    {
        await using RpcTestServer server = await RpcTestServer.HandlingAsync((_, _, closing) => UntilAsync(closing));
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(server).ChainIdAsync(cancel.Token));
    }

    [Fact]
    public async Task Closed_port_is_unavailable_and_the_error_does_not_show_the_address()
    {
        using var closed = new ClosedPort();
        var endpoint = new Uri($"http://127.0.0.1:{closed.Port}/v3/secret-access-key");
        var client = new RpcClient("testnode", endpoint, _http, Small, TimeProvider.System);
        RpcUnavailableException error = await Assert.ThrowsAsync<RpcUnavailableException>(() => client.ChainIdAsync(Token));
        Assert.DoesNotContain("secret-access-key", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_cut_in_the_answer_is_unavailable()
    {
        await using RpcTestServer server = await RpcTestServer.HandlingAsync(async (context, _, closing) =>
        {
            context.Response.ContentLength = 1_000;
            await context.Response.Body.WriteAsync("{"u8.ToArray(), closing);
            await context.Response.Body.FlushAsync(closing);
            context.Abort();
        });
        await Assert.ThrowsAsync<RpcUnavailableException>(() => Client(server).ChainIdAsync(Token));
    }

    [Theory]
    [InlineData(429, "7", 7)]
    [InlineData(503, "999999", 3600)]
    [InlineData(502, null, null)]
    [InlineData(500, null, null)]
    public async Task Overload_is_unavailable_with_the_wait_asked_for(int status, string? retryAfter, int? seconds)
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(_ => "<html>", status, retryAfter);
        RpcUnavailableException error = await Assert.ThrowsAsync<RpcUnavailableException>(() => Client(server).ChainIdAsync(Token));
        Assert.Equal((HttpStatusCode)status, error.StatusCode);
        Assert.Equal(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value), error.RetryAfter);
    }

    [Fact]
    public async Task Error_of_the_node_is_read_also_under_status_500()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(_ => Error(-32000, "nonce too low"), 500);
        RpcErrorException error = await Assert.ThrowsAsync<RpcErrorException>(() => Client(server).ChainIdAsync(Token));
        Assert.Equal(RpcErrorClass.NonceTooLow, error.Classification.Class);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"jsonrpc":"2.0","id":1}""")]
    [InlineData("""{"jsonrpc":"2.0","id":2,"result":"0x1"}""")]
    [InlineData("""{"jsonrpc":"2.0","result":"0x1"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":null}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"one"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"\ud800"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"x","\ud800aaaa":1}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"x","data":{"\ud800aaa":1}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"0x10000000000000000"}""")]
    public async Task Answer_that_is_no_answer_is_a_protocol_error(string answer)
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(_ => answer);
        await Assert.ThrowsAsync<RpcProtocolException>(() => Client(server).ChainIdAsync(Token));
    }

    [Fact]
    public async Task Status_404_is_a_protocol_error()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(_ => "not here", 404);
        await Assert.ThrowsAsync<RpcProtocolException>(() => Client(server).ChainIdAsync(Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Oversized_answer_is_refused_whether_its_length_is_announced_or_not(bool announced)
    {
        await using RpcTestServer server = await RpcTestServer.HandlingAsync(async (context, body, closing) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(Result(body, $"\"{new string('0', 100_000)}\""));
            if (announced)
            {
                context.Response.ContentLength = bytes.Length;
            }

            await context.Response.Body.WriteAsync(bytes, closing);
        });
        RpcProtocolException error = await Assert.ThrowsAsync<RpcProtocolException>(() => Client(server).ChainIdAsync(Token));
        Assert.True(error.Message.Length < 200);
    }

    [Theory]
    [InlineData("\"0x08c379a0\"")]
    [InlineData("\"Reverted 0x08c379a0\"")]
    [InlineData("""{"message":"reverted","data":"0x08c379a0"}""")]
    public async Task Revert_data_is_found_where_each_client_puts_it(string data)
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(_ => Error(-32603, "failed", data));
        RpcErrorException error = await Assert.ThrowsAsync<RpcErrorException>(() => Client(server).ChainIdAsync(Token));
        Assert.Equal("0x08c379a0", Hex.Encode(error.ErrorData.Span));
        Assert.Equal(RpcErrorClass.Reverted, error.Classification.Class);
    }

    [Fact]
    public async Task Long_message_of_a_node_is_cut()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(_ => Error(-32000, new string('x', 5_000)));
        RpcErrorException error = await Assert.ThrowsAsync<RpcErrorException>(() => Client(server).ChainIdAsync(Token));
        Assert.Equal(RpcErrorException.MessageMax, error.NodeMessage.Length);
    }

    [Fact]
    public async Task Batch_is_answered_in_the_order_asked_although_the_node_answers_in_another()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(body => Batch(body, ids =>
        [
            $$"""{"jsonrpc":"2.0","id":{{ids[2]}},"result":"c"}""",
            $$"""{"jsonrpc":"2.0","id":{{ids[0]}},"result":null}""",
            $$$"""{"jsonrpc":"2.0","id":{{{ids[1]}}},"error":{"code":-1,"message":"b"}}""",
        ]));
        IReadOnlyList<RpcBatchAnswer> answers = await Client(server).BatchAsync([Call("a"), Call("b"), Call("c")], Token);
        Assert.Equal(JsonValueKind.Null, answers[0].Result.ValueKind);
        Assert.Equal("b", answers[1].Error!.NodeMessage);
        Assert.Equal("c", answers[2].Result.GetString());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 9)]
    public async Task Batch_answer_with_a_repeated_or_foreign_id_is_a_protocol_error(int first, int second)
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(body => Batch(body, ids =>
        [
            $$"""{"jsonrpc":"2.0","id":{{ids[0] + first}},"result":1}""",
            $$"""{"jsonrpc":"2.0","id":{{ids[0] + second}},"result":1}""",
        ]));
        await Assert.ThrowsAsync<RpcProtocolException>(() => Client(server).BatchAsync([Call("a"), Call("b")], Token));
    }

    [Fact]
    public async Task Batch_answer_that_is_short_is_a_protocol_error()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(
            body => Batch(body, ids => [$$"""{"jsonrpc":"2.0","id":{{ids[0]}},"result":1}"""]));
        await Assert.ThrowsAsync<RpcProtocolException>(() => Client(server).BatchAsync([Call("a"), Call("b")], Token));
    }

    [Fact]
    public async Task Batch_refused_as_a_whole_is_the_error_of_the_node()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(_ => Error(-32600, "Invalid request"));
        await Assert.ThrowsAsync<RpcErrorException>(() => Client(server).BatchAsync([Call("a"), Call("b")], Token));
    }

    [Fact]
    public async Task Batch_over_the_bound_is_not_sent()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(_ => "");
        await Assert.ThrowsAsync<ArgumentException>(() => Client(server).BatchAsync([Call("a"), Call("b"), Call("c"), Call("d")], Token));
        Assert.Empty(server.Bodies);
    }

    [Fact]
    public async Task Hash_of_another_transaction_after_sending_is_a_protocol_error()
    {
        await using RpcTestServer server = await RpcTestServer.AnsweringAsync(body => Result(body, $"\"{Hash32.Zero}\""));
        await Assert.ThrowsAsync<RpcProtocolException>(() => Client(server).SendRawTransactionAsync(new byte[] { 2 }, Token));
    }

    private static string Result(string body, string result) =>
        $$"""{"jsonrpc":"2.0","id":{{IdOf(JsonNode.Parse(body)!)}},"result":{{result}}}""";

    private static string Error(int code, string message, string data = "null") =>
        $$$"""{"jsonrpc":"2.0","id":null,"error":{"code":{{{code}}},"message":"{{{message}}}","data":{{{data}}}}}""";

    private static string Batch(string body, Func<long[], string[]> answers) =>
        $"[{string.Join(',', answers([.. JsonNode.Parse(body)!.AsArray().Select(call => IdOf(call!))]))}]";

    private static async Task UntilAsync(CancellationToken closing)
    {
        var ended = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = closing.Register(ended.SetResult);
        await ended.Task;
    }

    private static long IdOf(JsonNode call) => long.Parse(call["id"]!.ToJsonString(), CultureInfo.InvariantCulture);

    private static RpcRequest Call(string method) => new(method, []);

    private RpcClient Client(RpcTestServer server, RpcClientOptions? options = null) =>
        new("testnode", server.HttpUri, _http, options ?? Small, TimeProvider.System);
}
