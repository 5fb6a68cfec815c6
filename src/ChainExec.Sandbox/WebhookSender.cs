using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace ChainExec.Sandbox;

/// <summary>
/// Tells our server, as Standard Webhooks say: signed, again and again until it says 200. By mischief late, doubled, in another order, or
/// lost at first.
/// </summary>
internal sealed class WebhookSender(
    IHttpClientFactory http, Mischief mischief, TimeProvider clock, IOptions<SandboxOptions> options) : BackgroundService
{
    private const int AttemptsMax = 200;
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(150);

    private readonly Channel<(string Provider, string Id, byte[] Body)> _queue =
        Channel.CreateBounded<(string, string, byte[])>(10_000);

    private readonly byte[] _secret =
        Convert.FromBase64String(File.ReadAllText(options.Value.SecretFile).Trim()["whsec_".Length..]);

    private int _number;

    /// <summary>Queues one message.</summary>
    public void Tell(string provider, string type, object data)
    {
        string id = $"{options.Value.Run}msg_{Interlocked.Increment(ref _number)}_{provider}";
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(new { type, data }, SandboxJson.Options);
        if (!_queue.Writer.TryWrite((provider, id, body)))
            throw new InvalidOperationException("Too many webhooks wait.");
        // Doubled: the same message twice, under its one id.
        if (mischief.Strikes())
            _queue.Writer.TryWrite((provider, id, body));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach ((string provider, string id, byte[] body) in _queue.Reader.ReadAllAsync(stoppingToken))
            _ = DeliverAsync(provider, id, body, stoppingToken);
    }

    private async Task DeliverAsync(string provider, string id, byte[] body, CancellationToken stoppingToken)
    {
        await Task.Delay(mischief.Delay(), clock, stoppingToken);
        for (int attempt = 0; attempt < AttemptsMax && !stoppingToken.IsCancellationRequested; attempt++)
        {
            // Lost on the way there, or its answer on the way back.
            bool lost = attempt < 3 && mischief.Strikes();
            if (!lost && await SendAsync(provider, id, body, stoppingToken) && !(attempt < 3 && mischief.Strikes()))
                return;
            await Task.Delay(AttemptDelay, clock, stoppingToken);
        }
    }

    private async Task<bool> SendAsync(string provider, string id, byte[] body, CancellationToken stoppingToken)
    {
        string timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(options.Value.Target), $"/v1/inbound/{provider}"));
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", "v1," + Convert.ToBase64String(HMACSHA256.HashData(_secret, signed)));
        try
        {
            using HttpClient client = http.CreateClient();
            using HttpResponseMessage response = await client.SendAsync(request, stoppingToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
