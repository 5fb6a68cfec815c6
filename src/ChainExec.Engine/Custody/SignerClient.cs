using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ChainExec.Ethereum;

namespace ChainExec.Custody;

/// <summary>Talks to the signer process over its Unix socket. Safe for concurrent use; keeps a few connections open.</summary>
internal sealed class SignerClient : ISigner, IDisposable
{
    private const int ConnectionsMax = 4;
    private const int AnswerBytesMax = 1 << 20;
    private const int JournalBytesMax = 16 << 20;
    private const int TokenBytesMax = 4096;

    private readonly SignerOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _http;

    /// <summary>Creates a client. Nothing is opened or read before the first request.</summary>
    public SignerClient(SignerOptions options, TimeProvider clock)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Timeout, TimeSpan.Zero);
        _options = options;
        _clock = clock;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            MaxConnectionsPerServer = ConnectionsMax,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        });
    }

    /// <inheritdoc/>
    public async Task<SignResult> SignAsync(SignRequest request, CancellationToken cancellationToken)
    {
        if (request.Transaction.AccessList.Count != 0)
            throw new ArgumentException("The signer signs no access lists.", nameof(request));

        Answer answer = await PostAsync(
            "/v1/sign", SignerWireMapping.ToWire(request), SignerWireContext.Default.Sign, cancellationToken);
        if (answer.Status != HttpStatusCode.OK)
        {
            SignerWire.Error refusal = ReadRefusal(answer);
            SignerJournalEntry? conflict = refusal.Conflict is null ? null : ReadEntry(refusal.Conflict);
            return new SignResult.Refused(refusal.Code, refusal.Message, refusal.Recorded, conflict);
        }

        SignerWire.Signed signed = Read(answer, SignerWireContext.Default.Signed);
        if (!Hex.TryDecode(signed.Raw, out byte[] raw) || !Hash32.TryParse(signed.Hash, out Hash32 hash, out _))
            throw new SignerFaultException("The signer gave bytes or a hash that are not hex.");

        SignerAnswerCheck.MatchesRequest(request, raw, hash);
        return new SignResult.Signed(raw, hash, signed.Replayed);
    }

    /// <inheritdoc/>
    public async Task<ApproveResult> ApproveAsync(ApprovalStatement statement, string otp, CancellationToken cancellationToken)
    {
        Answer answer = await PostAsync(
            "/v1/approve", SignerWireMapping.ToWire(statement, otp), SignerWireContext.Default.Approve, cancellationToken);
        if (answer.Status == HttpStatusCode.OK)
            return new ApproveResult.Approved(Read(answer, SignerWireContext.Default.Approved).Replayed);

        SignerWire.Error refusal = ReadRefusal(answer);
        return new ApproveResult.Refused(refusal.Code, refusal.Message);
    }

    /// <inheritdoc/>
    public async Task<ResolveResult> ResolveAsync(SlotResolution resolution, CancellationToken cancellationToken)
    {
        Answer answer = await PostAsync(
            "/v1/resolve", SignerWireMapping.ToWire(resolution), SignerWireContext.Default.Resolve, cancellationToken);
        if (answer.Status == HttpStatusCode.OK)
            return new ResolveResult.Recorded(Read(answer, SignerWireContext.Default.Resolved).Replayed);

        SignerWire.Error refusal = ReadRefusal(answer);
        return new ResolveResult.Refused(refusal.Code, refusal.Message);
    }

    /// <inheritdoc/>
    public async Task<SignerJournalPage> JournalAsync(SignerJournalQuery query, CancellationToken cancellationToken)
    {
        Answer answer = await ExchangeAsync(
            HttpMethod.Get, SignerWireMapping.JournalPath(query), null, JournalBytesMax, cancellationToken);
        RequireOk(answer);
        SignerWire.Page page = Read(answer, SignerWireContext.Default.Page);
        SignerJournalEntry[] entries = [.. page.Entries.Select(ReadEntry)];
        foreach (SignerJournalEntry entry in entries)
        {
            if (entry.ChainId != query.ChainId || entry.Sender != query.Sender)
                throw new SignerFaultException("The signer answered with journal entries of another chain or sender.");
        }

        return new SignerJournalPage(entries, page.Next);
    }

    /// <inheritdoc/>
    public async Task<SignerHealth> HealthAsync(CancellationToken cancellationToken)
    {
        Answer answer = await ExchangeAsync(HttpMethod.Get, "/v1/health", null, AnswerBytesMax, cancellationToken);
        RequireOk(answer);
        SignerWire.Health health = Read(answer, SignerWireContext.Default.Health);
        var accounts = new List<Address>(health.Accounts.Count);
        foreach (string text in health.Accounts)
        {
            if (!Address.TryParse(text, out Address account, out _))
                throw new SignerFaultException("The signer named an account that is no address.");
            accounts.Add(account);
        }

        return new SignerHealth(health.Status, accounts, health.Journal.Id, health.Journal.Entries);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Task<Answer> PostAsync<T>(string path, T body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return ExchangeAsync(HttpMethod.Post, path, content, AnswerBytesMax, cancellationToken);
    }

    private async Task<Answer> ExchangeAsync(
        HttpMethod method, string path, HttpContent? content, int bytesMax, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri("http://signer" + path)) { Content = content };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await ReadTokenAsync(either.Token));
            using HttpResponseMessage response = await _http.SendAsync(request, either.Token);
            return new Answer(response.StatusCode, await ReadBoundedAsync(response, bytesMax, either.Token));
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SignerUnavailableException(
                string.Create(CultureInfo.InvariantCulture, $"The signer did not answer within {_options.Timeout}."), exception);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or IOException or SocketException or UnauthorizedAccessException)
        {
            throw new SignerUnavailableException("The signer cannot be reached over its socket.", exception);
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_options.SocketPath), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<string> ReadTokenAsync(CancellationToken cancellationToken)
    {
        using var file = new FileStream(_options.TokenFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length is 0 or > TokenBytesMax)
            throw new SignerFaultException("The signer's token file is empty or too long.");

        using var reader = new StreamReader(file);
        string token = (await reader.ReadToEndAsync(cancellationToken)).Trim();

        // A header value with control characters would throw with the token in the message; this says it without.
        return token.Length > 0 && token.All(c => c is > ' ' and <= '~')
            ? token
            : throw new SignerFaultException("The signer's token file does not hold one line of printable characters.");
    }

    private static async Task<byte[]> ReadBoundedAsync(HttpResponseMessage response, int bytesMax, CancellationToken cancellationToken)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var kept = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (kept.Length + read > bytesMax)
                throw new SignerFaultException("The signer's answer is longer than allowed.");
            kept.Write(buffer, 0, read);
        }

        return kept.ToArray();
    }

    private static SignerJournalEntry ReadEntry(SignerWire.Entry wire)
    {
        try
        {
            SignerJournalEntry entry = SignerWireMapping.FromWire(wire);
            SignerAnswerCheck.MatchesItself(entry);
            return entry;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new SignerFaultException("The signer gave a journal entry that cannot be read.", exception);
        }
    }

    /// <summary>Reads a refusal; anything that is not a refusal by its status is a fault or an outage.</summary>
    private static SignerWire.Error ReadRefusal(Answer answer)
    {
        if (answer.Status is not (HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity))
            RequireOk(answer);
        return Read(answer, SignerWireContext.Default.Error);
    }

    private static void RequireOk(Answer answer)
    {
        if (answer.Status == HttpStatusCode.OK)
            return;

        if (answer.Status == HttpStatusCode.Unauthorized)
            throw new SignerFaultException("The signer refused the token.");

        if ((int)answer.Status >= 500)
            throw new SignerUnavailableException(string.Create(CultureInfo.InvariantCulture, $"The signer answered {(int)answer.Status}."));

        SignerWire.Error error = Read(answer, SignerWireContext.Default.Error);
        throw new SignerFaultException($"The signer does not accept the request: {error.Code}, {error.Message}");
    }

    private static T Read<T>(Answer answer, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, type) ?? throw new SignerFaultException("The signer answered null.");
        }
        catch (JsonException exception)
        {
            throw new SignerFaultException("The signer's answer is not the JSON that was expected.", exception);
        }
    }

    private sealed record Answer(HttpStatusCode Status, byte[] Body);
}
