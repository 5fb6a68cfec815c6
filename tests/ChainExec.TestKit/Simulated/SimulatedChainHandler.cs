using System.Net;
using System.Net.Http.Headers;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// Carries requests to the views of a chain without sockets: the host of the address names the view. It answers before it returns, so that
/// one thread sees one order of events, and a timeout is reported at once instead of being waited for.
/// </summary>
internal sealed class SimulatedChainHandler(SimulatedChain chain) : HttpMessageHandler
{
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string name = ProviderView.NameOf(request.RequestUri!);
        ProviderView? view = chain.Views.FirstOrDefault(candidate => candidate.Name == name);
        if (view is null)
            throw new HttpRequestException(HttpRequestError.NameResolutionError, $"The simulated chain has no view {name}.");

        using var body = new MemoryStream();
        request.Content?.CopyTo(body, null, cancellationToken);
        JsonRpcEndpoint.Reply reply = new JsonRpcEndpoint(chain, view).Answer(body.ToArray());
        return reply.Broken switch
        {
            FaultKind.Timeout => throw new TaskCanceledException($"The simulated provider {name} does not answer."),
            FaultKind.Reset => throw new HttpRequestException(HttpRequestError.ResponseEnded, $"{name} reset the connection."),
            _ => Response(request, reply),
        };
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(Send(request, cancellationToken));
        }
        catch (HttpRequestException broken)
        {
            return Task.FromException<HttpResponseMessage>(broken);
        }
        catch (OperationCanceledException unanswered)
        {
            return Task.FromException<HttpResponseMessage>(unanswered);
        }
    }

    private static HttpResponseMessage Response(HttpRequestMessage request, JsonRpcEndpoint.Reply reply)
    {
        var response = new HttpResponseMessage((HttpStatusCode)reply.Status)
        {
            Content = new ByteArrayContent(reply.Body),
            RequestMessage = request,
        };
        response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (response.StatusCode == HttpStatusCode.TooManyRequests)
            response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(1));
        return response;
    }
}
