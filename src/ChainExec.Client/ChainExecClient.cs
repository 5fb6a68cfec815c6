using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ChainExec.Client;

/// <summary>
/// The API of ChainExec. Safe for concurrent use. Reads, and submissions with their idempotency key, are repeated twice when the
/// connection fails, the service answers 503, or a request with the same key is still running. Every method throws
/// <see cref="ChainExecException"/> for an answer that is a problem.
/// </summary>
public sealed class ChainExecClient
{
    private static readonly TimeSpan WaitPoll = TimeSpan.FromMilliseconds(250);

    private readonly ApiTransport _transport;
    private readonly TimeProvider _clock;

    /// <summary>Makes a client.</summary>
    /// <param name="http">Sends the requests; stays the caller's.</param>
    /// <param name="address">Where the service is, such as <c>http://127.0.0.1:8080</c>.</param>
    /// <param name="apiKey">The key, <c>ce_…</c>.</param>
    /// <param name="clock">Time for retries and waits.</param>
    public ChainExecClient(HttpMessageInvoker http, Uri address, string apiKey, TimeProvider clock)
    {
        _transport = new ApiTransport(http, address, apiKey, clock);
        Ledger = new LedgerClient(_transport);
        _clock = clock;
    }

    /// <summary>The books.</summary>
    public LedgerClient Ledger { get; }

    /// <summary>Submits an intent. Without a key one is made, so that a repetition after a lost answer is the same request.</summary>
    /// <param name="intent">What you ask for.</param>
    /// <param name="idempotencyKey">1 to 255 characters; use your own, and the same again after a crash of yours.</param>
    /// <param name="cancellationToken">Ends the wait; the intent may have been admitted.</param>
    public Task<SubmittedIntent> SubmitIntentAsync(SubmitIntent intent, string? idempotencyKey, CancellationToken cancellationToken) =>
        SubmitJsonAsync(JsonSerializer.Serialize(intent, ClientJson.Options), idempotencyKey, cancellationToken);

    /// <summary>Submits a body as it is.</summary>
    /// <param name="json">The body of <c>POST /v1/intents</c>.</param>
    /// <param name="idempotencyKey">1 to 255 characters; without one, one is made.</param>
    /// <param name="cancellationToken">Ends the wait; the intent may have been admitted.</param>
    public async Task<SubmittedIntent> SubmitJsonAsync(string json, string? idempotencyKey, CancellationToken cancellationToken)
    {
        string key = idempotencyKey ?? $"client-{Guid.CreateVersion7(_clock.GetUtcNow()):n}";
        ApiTransport.Answer answer = await _transport.SendAsync(HttpMethod.Post, "/v1/intents", json, key, cancellationToken);
        return new SubmittedIntent(answer.Read<Intent>(), answer.Replayed);
    }

    /// <summary>What an intent would do now; nothing is stored.</summary>
    public async Task<Simulation> SimulateAsync(SubmitIntent intent, CancellationToken cancellationToken)
    {
        string json = JsonSerializer.Serialize(intent, ClientJson.Options);
        return (await _transport.SendAsync(HttpMethod.Post, "/v1/intents/simulate", json, null, cancellationToken)).Read<Simulation>();
    }

    /// <summary>One intent with its timeline.</summary>
    public Task<Intent> GetIntentAsync(string id, CancellationToken cancellationToken) =>
        GetAsync<Intent>($"/v1/intents/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>Your intents, newest first, page after page.</summary>
    /// <param name="status">Only those with this status.</param>
    /// <param name="account">Only those of this account: its address or <c>acc_…</c>.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public IAsyncEnumerable<Intent> ListIntentsAsync(string? status, string? account, CancellationToken cancellationToken) =>
        PagesAsync<Intent>($"/v1/intents?limit=100{Filter("status", status)}{Filter("account", account)}", cancellationToken);

    /// <summary>
    /// Asks an intent to end without its effect: at once while nothing was asked to be signed, else by consuming its nonce. What was sent
    /// before may still win: read the intent to its end. Asking again changes nothing.
    /// </summary>
    /// <param name="id"><c>int_…</c>.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="ChainExecException"><c>intent_ended</c>: it had ended otherwise before; <c>intent_shared</c>: its
    /// transaction carries others too and was asked to be signed; <c>not_found</c>.</exception>
    public async Task<Intent> CancelIntentAsync(string id, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(
            HttpMethod.Post, $"/v1/intents/{Uri.EscapeDataString(id)}/cancel", null, $"cancel-{id}", cancellationToken)).Read<Intent>();

    /// <summary>Approves an intent that waits for the owner of its account (user custody).</summary>
    /// <param name="id"><c>int_…</c>.</param>
    /// <param name="otp">The one-time password of the owner's authenticator. Each counts once.</param>
    /// <param name="cancellationToken">Ends the request; the approval may count.</param>
    /// <exception cref="ChainExecException"><c>otp_invalid</c>, <c>otp_locked</c>, <c>approval_not_asked</c>,
    /// <c>not_found</c>.</exception>
    public Task<Intent> ApproveIntentAsync(string id, string otp, CancellationToken cancellationToken) =>
        DecideAsync(id, "approve", new { otp }, cancellationToken);

    /// <summary>Rejects an intent that waits for the owner of its account: it ends, and nothing of it was signed.</summary>
    /// <param name="id"><c>int_…</c>.</param>
    /// <param name="reason">Why, in the owner's words.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="ChainExecException"><c>approval_not_asked</c>, <c>not_found</c>.</exception>
    public Task<Intent> RejectIntentAsync(string id, string reason, CancellationToken cancellationToken) =>
        DecideAsync(id, "reject", new { reason }, cancellationToken);

    private async Task<Intent> DecideAsync(string id, string verb, object body, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(
            HttpMethod.Post, $"/v1/intents/{Uri.EscapeDataString(id)}/{verb}", JsonSerializer.Serialize(body, ClientJson.Options),
            $"{verb}-{id}", cancellationToken)).Read<Intent>();

    /// <summary>Waits until an intent has one of the statuses, or any final one.</summary>
    /// <param name="id"><c>int_…</c>.</param>
    /// <param name="statuses">What to wait for; a final status always ends the wait.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">It has none of them yet.</exception>
    public async Task<Intent> WaitForAsync(string id, IReadOnlySet<string> statuses, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long began = _clock.GetTimestamp();
        while (true)
        {
            Intent intent = await GetIntentAsync(id, cancellationToken);
            if (intent.IsFinal || statuses.Contains(intent.Status))
                return intent;
            if (_clock.GetElapsedTime(began) >= timeout)
                throw new TimeoutException($"{id} is {intent.Status} after {timeout.TotalSeconds} s.");
            await Task.Delay(WaitPoll, _clock, cancellationToken);
        }
    }

    /// <summary>What can be called.</summary>
    public async Task<IReadOnlyList<CallType>> CallTypesAsync(CancellationToken cancellationToken) =>
        (await GetAsync<Page<CallType>>("/v1/call-types", cancellationToken)).Data;

    /// <summary>Where: chains, their heads, their lag.</summary>
    public async Task<IReadOnlyList<Chain>> ChainsAsync(CancellationToken cancellationToken) =>
        (await GetAsync<Page<Chain>>("/v1/chains", cancellationToken)).Data;

    /// <summary>A transaction in every block that ever held it: frames, logs, and the call that each is of.</summary>
    /// <param name="chain">EIP-155 chain id.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="ChainExecException"><c>not_found</c>: none that concerns you.</exception>
    public Task<TransactionTree> GetTransactionAsync(long chain, string hash, CancellationToken cancellationToken) =>
        GetTransactionAsync(chain.ToString(CultureInfo.InvariantCulture), hash, cancellationToken);

    /// <summary>The same, by the chain's id or name.</summary>
    public Task<TransactionTree> GetTransactionAsync(string chain, string hash, CancellationToken cancellationToken) =>
        GetAsync<TransactionTree>($"/v1/transactions/{Uri.EscapeDataString(chain)}/{Uri.EscapeDataString(hash)}", cancellationToken);

    /// <summary>Debits, credits and balances.</summary>
    /// <param name="all">The whole book, for keys of the house; otherwise your own accounts.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<TrialBalance> TrialBalanceAsync(bool all, CancellationToken cancellationToken) =>
        GetAsync<TrialBalance>($"/v1/ledger/trial-balance?scope={(all ? "all" : "own")}", cancellationToken);

    /// <summary>Your accounts in the books.</summary>
    public IAsyncEnumerable<LedgerAccount> AccountsAsync(CancellationToken cancellationToken) =>
        PagesAsync<LedgerAccount>("/v1/ledger/accounts?limit=100", cancellationToken);

    /// <summary>An account's entries, newest first.</summary>
    /// <param name="account"><c>lac_…</c> or the account's code.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public IAsyncEnumerable<LedgerEntry> EntriesAsync(string account, CancellationToken cancellationToken) =>
        PagesAsync<LedgerEntry>($"/v1/ledger/accounts/{Uri.EscapeDataString(account)}/entries?limit=100", cancellationToken);

    /// <summary>A page of your events, oldest first.</summary>
    /// <param name="after">The cursor of the page before; nothing for the beginning.</param>
    /// <param name="limit">1 to 100.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<Page<FeedEvent>> EventsAsync(string? after, int limit, CancellationToken cancellationToken) => GetAsync<Page<FeedEvent>>(
        string.Create(CultureInfo.InvariantCulture, $"/v1/events?limit={limit}{Filter("after", after)}"), cancellationToken);

    /// <summary>Any other read, as JSON.</summary>
    /// <param name="path">Path and query, beginning with a slash.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<JsonElement> GetRawAsync(string path, CancellationToken cancellationToken) =>
        GetAsync<JsonElement>(path, cancellationToken);

    private static string Filter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(HttpMethod.Get, path, null, null, cancellationToken)).Read<T>();

    private async IAsyncEnumerable<T> PagesAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            Page<T> page = await GetAsync<Page<T>>(path + Filter("cursor", cursor), cancellationToken);
            foreach (T item in page.Data)
                yield return item;
            cursor = page.HasMore ? page.NextCursor : null;
        }
        while (cursor is not null);
    }
}
