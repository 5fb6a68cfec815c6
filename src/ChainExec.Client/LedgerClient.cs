using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace ChainExec.Client;

/// <summary>
/// The books. Reads are for everybody, of what is theirs; writing is for keys of the owner named house. Every write takes an idempotency
/// key: the same one again, after a lost answer or a crash of yours, gets the first answer.
/// </summary>
public sealed class LedgerClient
{
    private readonly ApiTransport _transport;

    internal LedgerClient(ApiTransport transport) => _transport = transport;

    /// <summary>Posts a transaction by hand.</summary>
    /// <param name="journal">What and why.</param>
    /// <param name="idempotencyKey">1 to 255 characters.</param>
    /// <param name="dryRun">Whether nothing is stored: the answer is what it would have been.</param>
    /// <param name="cancellationToken">Ends the wait; it may have been posted.</param>
    /// <exception cref="ChainExecException"><c>insufficient_funds</c>, <c>limit_exceeded</c>, <c>unbalanced</c>, <c>period_closed</c>,
    /// <c>account_closed</c>, <c>reversal_exceeds</c>, <c>idempotency_key_reused</c>.</exception>
    public Task<LedgerTransaction> PostAsync(
        JournalTransaction journal, string idempotencyKey, bool dryRun, CancellationToken cancellationToken) =>
        SendAsync<LedgerTransaction>($"/v1/ledger/transactions{DryRun(dryRun)}", journal, idempotencyKey, cancellationToken);

    /// <summary>Posts up to 500 transactions one after another; each has its own answer, linked ones stand or fall together.</summary>
    public Task<BulkAnswer> PostManyAsync(
        IReadOnlyList<JournalTransaction> journals, string idempotencyKey, bool dryRun, CancellationToken cancellationToken) =>
        SendAsync<BulkAnswer>(
            $"/v1/ledger/transactions/bulk{DryRun(dryRun)}", new { transactions = journals }, idempotencyKey, cancellationToken);

    /// <summary>One transaction.</summary>
    /// <param name="id"><c>txn_…</c>.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<LedgerTransaction> GetTransactionAsync(string id, CancellationToken cancellationToken) =>
        GetAsync<LedgerTransaction>($"/v1/ledger/transactions/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>Reserves money, for a time or for a piece of work.</summary>
    /// <param name="hold">How much of what.</param>
    /// <param name="idempotencyKey">1 to 255 characters.</param>
    /// <param name="cancellationToken">Ends the wait; it may be held.</param>
    public Task<LedgerHold> HoldAsync(PlaceHold hold, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync<LedgerHold>("/v1/ledger/holds", hold, idempotencyKey, cancellationToken);

    /// <summary>Posts of a hold.</summary>
    /// <param name="id"><c>hold_…</c>.</param>
    /// <param name="amount">How much; nothing for all that is left.</param>
    /// <param name="toAccount">Where to; nothing for what the hold says.</param>
    /// <param name="reason">Why.</param>
    /// <param name="idempotencyKey">1 to 255 characters.</param>
    /// <param name="cancellationToken">Ends the wait; it may have been posted.</param>
    public Task<LedgerTransaction> PostHoldAsync(
        string id, BigInteger? amount, string? toAccount, string reason, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync<LedgerTransaction>(
            $"/v1/ledger/holds/{Uri.EscapeDataString(id)}/post",
            new { amount = amount?.ToString(CultureInfo.InvariantCulture), to_account = toAccount, reason }, idempotencyKey,
            cancellationToken);

    /// <summary>Gives back what is left of a hold.</summary>
    public Task<LedgerHold> VoidHoldAsync(string id, string reason, string idempotencyKey, CancellationToken cancellationToken) =>
        SendAsync<LedgerHold>($"/v1/ledger/holds/{Uri.EscapeDataString(id)}/void", new { reason }, idempotencyKey, cancellationToken);

    /// <summary>One hold.</summary>
    public Task<LedgerHold> GetHoldAsync(string id, CancellationToken cancellationToken) =>
        GetAsync<LedgerHold>($"/v1/ledger/holds/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>One account as it stands.</summary>
    /// <param name="account"><c>lac_…</c> or the account's code.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<LedgerAccount> GetAccountAsync(string account, CancellationToken cancellationToken) =>
        GetAsync<LedgerAccount>($"/v1/ledger/accounts/{Uri.EscapeDataString(account)}", cancellationToken);

    /// <summary>A page of what an account did between two moments that have passed, in recorded order.</summary>
    /// <param name="account"><c>lac_…</c> or the account's code.</param>
    /// <param name="from">The first moment.</param>
    /// <param name="to">The first moment after.</param>
    /// <param name="cursor">The cursor of the page before; nothing for the first.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public Task<LedgerStatement> StatementAsync(
        string account, DateTimeOffset from, DateTimeOffset to, string? cursor, CancellationToken cancellationToken)
    {
        string period = $"from={Text(from)}&to={Text(to)}";
        string next = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
        return GetAsync<LedgerStatement>(
            $"/v1/ledger/accounts/{Uri.EscapeDataString(account)}/statement?{period}&limit=100{next}", cancellationToken);
    }

    private static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);

    private static string DryRun(bool dryRun) => dryRun ? "?dry_run=true" : "";

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(HttpMethod.Get, path, null, null, cancellationToken)).Read<T>();

    private async Task<T> SendAsync<T>(string path, object body, string key, CancellationToken cancellationToken) =>
        (await _transport.SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(body, ClientJson.Options), key, cancellationToken))
            .Read<T>();
}
