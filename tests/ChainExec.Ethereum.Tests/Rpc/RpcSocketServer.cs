using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace ChainExec.Ethereum.Tests.Rpc;

/// <summary>One connection of a WebSocket server whose answers a test writes.</summary>
internal sealed class RpcSocketServer
{
    private readonly WebSocket _socket;
    private readonly CancellationToken _closing;

    private RpcSocketServer(WebSocket socket, int number, CancellationToken closing)
    {
        _socket = socket;
        Number = number;
        _closing = closing;
    }

    /// <summary>Which connection this is, from 1.</summary>
    public int Number { get; }

    /// <summary>A server that gives each message of each connection to <paramref name="handle"/>.</summary>
    public static Task<RpcTestServer> HandlingAsync(Func<RpcSocketServer, string, Task> handle)
    {
        int connections = 0;
        return RpcTestServer.HandlingAsync(async (context, _, closing) =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            var server = new RpcSocketServer(socket, Interlocked.Increment(ref connections), closing);
            await server.RunAsync(handle);
        });
    }

    /// <summary>The id of a call.</summary>
    public static long IdOf(string call) => long.Parse(JsonNode.Parse(call)!["id"]!.ToJsonString(), CultureInfo.InvariantCulture);

    /// <summary>The answer to a call.</summary>
    public static string Result(string call, string result) => $$"""{"jsonrpc":"2.0","id":{{IdOf(call)}},"result":{{result}}}""";

    /// <summary>An announcement of a head with that number.</summary>
    public static string Head(string subscription, int number)
    {
        string hash = "0x" + new string('a', 64);
        string head = $$"""{"number":"0x{{number:x}}","hash":"{{hash}}","parentHash":"{{hash}}","timestamp":"0x1"}""";
        return """{"jsonrpc":"2.0","method":"eth_subscription","params":{"result":""" + head
            + $",\"subscription\":\"{subscription}\"}}}}";
    }

    public Task SendAsync(string message) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, _closing);

    /// <summary>Ends the connection without a farewell.</summary>
    public void Cut() => _socket.Abort();

    private async Task RunAsync(Func<RpcSocketServer, string, Task> handle)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                WebSocketReceiveResult received = await _socket.ReceiveAsync(buffer, _closing);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                await handle(this, Encoding.UTF8.GetString(buffer, 0, received.Count));
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client left, or the test cut the connection.
        }
    }
}
