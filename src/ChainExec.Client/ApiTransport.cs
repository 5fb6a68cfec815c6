using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace ChainExec.Client;

/// <summary>Sends requests and repeats those that may be repeated: every read, and a write with the same idempotency key.</summary>
internal sealed class ApiTransport(HttpMessageInvoker http, Uri address, string apiKey, TimeProvider clock)
{
    private const int RetriesMax = 2;
    private const int AnswerBytesMax = 16 * 1024 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(5);

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, string? json, string? idempotencyKey, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            TimeSpan delay = TimeSpan.FromMilliseconds(200 * (attempt + 1));
            try
            {
                Answer answer = await OnceAsync(method, path, json, idempotencyKey, cancellationToken);
                if (answer.Status is >= 200 and < 300)
                    return answer;
                ChainExecException problem = ChainExecException.Of(answer.Status, answer.Body);
                if (attempt == RetriesMax || !(answer.Status == 503 || problem.Code == "still_running"))
                    throw problem;
                delay = answer.RetryAfter ?? delay;
            }
            catch (HttpRequestException exception)
            {
                if (attempt == RetriesMax)
                    throw Unreachable("The service cannot be reached", exception);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                if (attempt == RetriesMax)
                    throw Unreachable($"The service did not answer within {Timeout.TotalSeconds} s", exception);
            }

            await Task.Delay(delay < DelayMax ? delay : DelayMax, clock, cancellationToken);
        }
    }

    private ChainExecException Unreachable(string what, Exception cause) =>
        new("unreachable", 0, $"{what} at {address.GetLeftPart(UriPartial.Authority)}; a write may have happened: repeat it.", cause);

    private async Task<Answer> OnceAsync(
        HttpMethod method, string path, string? json, string? idempotencyKey, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, new Uri(address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        if (idempotencyKey is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.SendAsync(request, either.Token);
        await response.Content.LoadIntoBufferAsync(AnswerBytesMax, either.Token);
        string body = await response.Content.ReadAsStringAsync(either.Token);
        return new Answer(
            (int)response.StatusCode, body, response.Headers.RetryAfter?.Delta, response.Headers.Contains("Idempotent-Replayed"));
    }

    internal sealed record Answer(int Status, string Body, TimeSpan? RetryAfter, bool Replayed)
    {
        /// <exception cref="ChainExecException">The body is not what the API writes.</exception>
        public T Read<T>()
        {
            try
            {
                return JsonSerializer.Deserialize<T>(Body, ClientJson.Options)
                    ?? throw new ChainExecException("unreadable", Status, "The answer is empty.");
            }
            catch (JsonException exception)
            {
                throw new ChainExecException("unreadable", Status, "The answer is not what this client knows.", exception);
            }
        }
    }
}
