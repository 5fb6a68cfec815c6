using System.Net.WebSockets;
using System.Text;
using ChainExec.Ethereum.Rpc;
using Microsoft.AspNetCore.Http;

namespace ChainExec.Ethereum.Tests.Rpc;

public sealed class NewHeadsSubscriptionTests
{
    private const string Subscribed = """{"jsonrpc":"2.0","id":1,"result":"0xcd"}""";
    private static readonly string Hash = "0x" + new string('a', 64);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Heads_arrive_in_order_and_a_closed_socket_ends_them_as_unavailable()
    {
        await using RpcTestServer server = await SendingAsync([Subscribed, Head(1), Head(2)], thenClose: true);
        var heads = new List<ulong>();
        await Assert.ThrowsAsync<RpcUnavailableException>(() => ReadAsync(server, heads, Token));
        Assert.Equal([1UL, 2UL], heads);
    }

    [Fact]
    public async Task Notification_of_another_subscription_is_not_a_head()
    {
        string other = Head(1).Replace("0xcd", "0xce", StringComparison.Ordinal);
        await using RpcTestServer server = await SendingAsync([Subscribed, other, Head(2)], thenClose: true);
        var heads = new List<ulong>();
        await Assert.ThrowsAsync<RpcUnavailableException>(() => ReadAsync(server, heads, Token));
        Assert.Equal([2UL], heads);
    }

    [Fact]
    public async Task Refused_subscription_is_the_error_of_the_node()
    {
        await using RpcTestServer server = await SendingAsync(
            ["""{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}"""], thenClose: true);
        await Assert.ThrowsAsync<RpcErrorException>(() => ReadAsync(server, [], Token));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("""{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0xcd","result":{"number":"0x1"}}}""")]
    public async Task Malformed_notification_is_a_protocol_error(string message)
    {
        await using RpcTestServer server = await SendingAsync([Subscribed, message], thenClose: true);
        await Assert.ThrowsAsync<RpcProtocolException>(() => ReadAsync(server, [], Token));
    }

    [Fact]
    public async Task Cancellation_ends_the_reading()
    {
        await using RpcTestServer server = await SendingAsync([Subscribed, Head(1)], thenClose: false);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadAsync(server, [], cancel.Token));
    }

    [Fact]
    public async Task Closed_port_is_unavailable()
    {
        using var closed = new ClosedPort();
        var endpoint = new Uri($"ws://127.0.0.1:{closed.Port}");
        var subscription = new NewHeadsSubscription("testnode", endpoint, new RpcClientOptions(), TimeProvider.System);
        await Assert.ThrowsAsync<RpcUnavailableException>(async () =>
        {
            await foreach (RpcHead head in subscription.ReadAsync(Token))
            {
                Assert.Fail($"a head from nowhere: {head}");
            }
        });
    }

    private static async Task ReadAsync(RpcTestServer server, List<ulong> heads, CancellationToken cancellationToken)
    {
        var subscription = new NewHeadsSubscription("testnode", server.WebSocketUri, new RpcClientOptions(), TimeProvider.System);
        await foreach (RpcHead head in subscription.ReadAsync(cancellationToken))
        {
            heads.Add(head.Number);
        }
    }

    private static Task<RpcTestServer> SendingAsync(string[] messages, bool thenClose) =>
        RpcTestServer.HandlingAsync((context, _, closing) => SendAsync(context, messages, thenClose, closing));

    private static async Task SendAsync(HttpContext context, string[] messages, bool thenClose, CancellationToken closing)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        await socket.ReceiveAsync(new byte[1024], closing);
        foreach (string message in messages)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }

        try
        {
            if (thenClose)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, null, CancellationToken.None);
            }

            await socket.ReceiveAsync(new byte[1024], closing);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException)
        {
            // The client left without a farewell, as it does when it is cancelled.
        }
    }

    private static string Head(int number)
    {
        string head = $$"""{"number":"0x{{number}}","hash":"{{Hash}}","parentHash":"{{Hash}}","timestamp":"0x1"}""";
        return """{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0xcd","result":""" + head + "}}";
    }
}
