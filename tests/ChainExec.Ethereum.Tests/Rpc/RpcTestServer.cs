using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChainExec.Ethereum.Tests.Rpc;

/// <summary>An HTTP and WebSocket server on this machine whose answers a test writes.</summary>
internal sealed class RpcTestServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<HttpListenerContext, string, Task> _handle;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _loop;

    private RpcTestServer(Func<HttpListenerContext, string, Task> handle)
    {
        _handle = handle;
        Port = FreePort();
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _loop = LoopAsync();
    }

    public int Port { get; }

    public Uri HttpUri => new($"http://127.0.0.1:{Port}/v3/secret-access-key");

    public Uri WebSocketUri => new($"ws://127.0.0.1:{Port}/v3/secret-access-key");

    public List<string> Bodies { get; } = [];

    /// <summary>Ends what a handler still waits for: a client that left without a farewell is not always noticed by the listener.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>A server that handles each request, given its body, itself.</summary>
    public static RpcTestServer Handling(Func<HttpListenerContext, string, Task> handle) => new(handle);

    /// <summary>A server that handles each request itself, until it is closed.</summary>
    public static RpcTestServer HandlingUntilClosed(Func<HttpListenerContext, CancellationToken, Task> handle)
    {
        RpcTestServer? server = null;
        server = new RpcTestServer((context, _) => handle(context, server!.Closing));
        return server;
    }

    /// <summary>A server that answers each request with that text.</summary>
    public static RpcTestServer Answering(Func<string, string> answer, int status = 200, string? retryAfter = null) =>
        new((context, body) => AnswerAsync(context.Response, answer(body), status, retryAfter));

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Close();
        await _loop;
        _closing.Dispose();
    }

    private async Task LoopAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                string body = await reader.ReadToEndAsync(CancellationToken.None);
                Bodies.Add(body);
                await _handle(context, body);
            }
            catch (HttpListenerException)
            {
                // Closed, or the client went away, which is what some tests are about.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static async Task AnswerAsync(HttpListenerResponse response, string answer, int status, string? retryAfter)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(answer);
        response.StatusCode = status;
        if (retryAfter is not null)
        {
            response.AddHeader("Retry-After", retryAfter);
        }

        response.ContentLength64 = bytes.Length;
        await response.OutputStream.WriteAsync(bytes, CancellationToken.None);
        response.Close();
    }
}
