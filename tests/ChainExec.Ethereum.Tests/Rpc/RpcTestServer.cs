using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChainExec.Ethereum.Tests.Rpc;

/// <summary>
/// An HTTP and WebSocket server on this machine whose answers a test writes. Kestrel rather than HttpListener, because closing an
/// HttpListener while its next context is asked for can leave that request waiting for ever, and because the kernel chooses the port here.
/// </summary>
internal sealed class RpcTestServer : IAsyncDisposable
{
    private const string SecretPath = "/v3/secret-access-key";
    private readonly WebApplication _server;
    private readonly CancellationTokenSource _closing = new();

    private RpcTestServer(WebApplication server) => _server = server;

    public Uri HttpUri => new(_server.Urls.Single() + SecretPath);

    public Uri WebSocketUri => new UriBuilder(HttpUri) { Scheme = "ws" }.Uri;

    public List<string> Bodies { get; } = [];

    /// <summary>A server that handles each request, given its body, itself; the token ends its waits.</summary>
    public static async Task<RpcTestServer> HandlingAsync(Func<HttpContext, string, CancellationToken, Task> handle)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new RpcTestServer(builder.Build());
        server._server.UseWebSockets();
        server._server.Run(context => server.HandleAsync(context, handle));
        await server._server.StartAsync(CancellationToken.None);
        return server;
    }

    /// <summary>A server that answers each request with that text.</summary>
    public static Task<RpcTestServer> AnsweringAsync(Func<string, string> answer, int status = 200, string? retryAfter = null) =>
        HandlingAsync((context, body, closing) => AnswerAsync(context.Response, answer(body), status, retryAfter, closing));

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _server.DisposeAsync();
        _closing.Dispose();
    }

    private async Task HandleAsync(HttpContext context, Func<HttpContext, string, CancellationToken, Task> handle)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        string body = await reader.ReadToEndAsync(_closing.Token);
        Bodies.Add(body);
        await handle(context, body, _closing.Token);
    }

    private static async Task AnswerAsync(HttpResponse response, string answer, int status, string? retryAfter, CancellationToken closing)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(answer);
        response.StatusCode = status;
        if (retryAfter is not null)
        {
            response.Headers.RetryAfter = retryAfter;
        }

        response.ContentLength = bytes.Length;
        await response.Body.WriteAsync(bytes, closing);
    }
}
