using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// Serves the views of a simulated chain over real HTTP, each at its own port of this machine: for processes that are not the test's, and
/// for runs with real concurrency. A timeout lasts until the client gives up.
/// </summary>
public sealed class SimulatedChainServer : IAsyncDisposable
{
    private readonly List<WebApplication> _servers = [];
    private readonly Dictionary<string, Uri> _addresses = [];

    private SimulatedChainServer()
    {
    }

    /// <summary>The address of each view, by its name.</summary>
    public IReadOnlyDictionary<string, Uri> Addresses => _addresses;

    /// <summary>Starts serving the views that the chain has now.</summary>
    public static async Task<SimulatedChainServer> StartAsync(SimulatedChain chain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chain);
        var server = new SimulatedChainServer();
        foreach (ProviderView view in chain.Views)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            WebApplication app = builder.Build();
            server._servers.Add(app);
            var endpoint = new JsonRpcEndpoint(chain, view);
            app.MapPost("/", context => ServeAsync(context, endpoint, app.Lifetime.ApplicationStopping));
            await app.StartAsync(cancellationToken);
            server._addresses.Add(view.Name, new Uri(app.Urls.Single()));
        }

        return server;
    }

    /// <summary>Stops serving; requests that wait are ended.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (WebApplication app in _servers)
            await app.DisposeAsync();
    }

    private static async Task ServeAsync(HttpContext context, JsonRpcEndpoint endpoint, CancellationToken stopping)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        JsonRpcEndpoint.Reply reply = endpoint.Answer(body.ToArray());
        if (reply.Broken is { } broken)
        {
            if (broken == FaultKind.Timeout)
                await WaitForEndAsync(context.RequestAborted, stopping);
            context.Abort();
            return;
        }

        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = "application/json";
        if (reply.Status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = "1";
        await context.Response.Body.WriteAsync(reply.Body, context.RequestAborted);
    }

    private static async Task WaitForEndAsync(CancellationToken aborted, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
