using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ChainExec.TestKit;

namespace ChainExec.Benchmarks.Execution;

/// <summary>A client of the API that asks for payments of one cent.</summary>
internal sealed class IntentClient(ExecutionStack stack) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseCookies = false, UseProxy = false });
    private readonly Uri _url = new(stack.Url, "/v1/intents");
    private long _sent;

    /// <exception cref="InvalidOperationException">It was not accepted.</exception>
    public async Task SubmitAsync(BenchSender sender, CancellationToken cancellationToken)
    {
        long number = Interlocked.Increment(ref _sent);
        using var request = new HttpRequestMessage(HttpMethod.Post, _url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", sender.ApiKey);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", $"{sender.Account:n}-{_url.Port}-{number}");
        request.Content = new StringContent(
            $$$"""
            {"chain": {{{ExecutionStack.Chain}}}, "account": "{{{sender.Address}}}", "calls": [{"type": "erc20.transfer",
             "args": {"token": "{{{stack.Tokens.Tusd}}}", "recipient": "{{{DevNode.DevAccounts[5]}}}", "amount": "10000"}}]}
            """,
            Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Created)
            throw new InvalidOperationException(await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public void Dispose() => _http.Dispose();
}
