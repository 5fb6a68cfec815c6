using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ChainExec.Flows;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Payments.OffRamp;

/// <summary>
/// Asks the exchange over HTTP. It takes an idempotency key, so that a request whose answer was lost is sent again under the same one.
/// </summary>
internal sealed class ExchangeProvider(IHttpClientFactory http, IOptions<ExchangeOptions> options) : IFlowProvider
{
    /// <summary>The name of its HTTP client.</summary>
    public const string Client = "exchange";

    private const int AnswerBytesMax = 64 * 1024;
    private const int DetailLengthMax = 500;

    public string Name => OffRampFlow.Exchange;

    public ProviderCapability Capability => ProviderCapability.IdempotentKey;

    public TimeSpan SettleWindow => TimeSpan.FromMinutes(5);

    public TimeSpan KeyLifetime => TimeSpan.FromHours(24);

    public async Task<ProviderAnswer> SendAsync(ProviderRequest request, CancellationToken cancellationToken)
    {
        if (options.Value.Address.Length == 0)
            return new ProviderAnswer.NotTaken("Payments:Exchange:Address is not set.");
        var address = new Uri(new Uri(options.Value.Address), $"/exchange/{request.Operation}");
        using var message = new HttpRequestMessage(HttpMethod.Post, address);
        message.Content = new StringContent(request.Body.GetRawText(), Encoding.UTF8, "application/json");
        message.Headers.Add("Idempotency-Key", request.Key);
        if (options.Value.KeyFile.Length > 0)
            message.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer", (await File.ReadAllTextAsync(options.Value.KeyFile, cancellationToken)).Trim());
        return await AskAsync(message, cancellationToken);
    }

    public Task<ProviderAnswer> EnquireAsync(ProviderRequest request, CancellationToken cancellationToken) =>
        Task.FromResult<ProviderAnswer>(new ProviderAnswer.Unclear("The exchange is asked again under the same key instead."));

    private async Task<ProviderAnswer> AskAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        try
        {
            using HttpClient client = http.CreateClient(Client);
            client.MaxResponseContentBufferSize = AnswerBytesMax;
            using HttpResponseMessage response = await client.SendAsync(message, cancellationToken);
            return Read(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (HttpRequestException exception)
        {
            // Also a refused connection: what a proxy in between did with the request is not known here.
            return new ProviderAnswer.Unclear(exception.Message.Cut(DetailLengthMax));
        }
    }

    // Only what the exchange promises is an answer: done, refused with a code, or busy before it took the request.
    private static ProviderAnswer Read(HttpStatusCode status, string body)
    {
        try
        {
            JsonElement answer = JsonSerializer.Deserialize<JsonElement>(body);
            return status switch
            {
                HttpStatusCode.OK or HttpStatusCode.Created => new ProviderAnswer.Confirmed(answer),
                HttpStatusCode.UnprocessableEntity => new ProviderAnswer.Rejected(
                    answer.GetProperty("code").GetString() ?? "refused",
                    answer.GetProperty("detail").GetString().Cut(DetailLengthMax) ?? ""),
                HttpStatusCode.TooManyRequests => new ProviderAnswer.NotTaken("The exchange is busy."),
                _ => new ProviderAnswer.Unclear($"Status {(int)status}."),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return new ProviderAnswer.Unclear($"Status {(int)status} with an answer that is none.");
        }
    }
}
