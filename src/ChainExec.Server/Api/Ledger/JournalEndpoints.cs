using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Ledger;

/// <summary>
/// Transactions: reads for everybody, of what is theirs; posting by hand for keys of the house, each with a reason and an audit row. The
/// ledger's own key makes a posting repeatable: the answer is made of what never changes.
/// </summary>
internal sealed class JournalEndpoints(
    JournalReader reader, TransactionQueries transactions, LedgerStore ledger, UnitOfWork unitOfWork, HouseGate house, OwnerStore audit)
{
    private const int BulkMax = 500;

    /// <summary><c>POST /v1/ledger/transactions</c>.</summary>
    public async Task<IResult> PostAsync(HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        var errors = new List<FieldError>();
        Posting? posting = await reader.ReadAsync(request.Body, "", request, 0, errors, cancellationToken);
        if (posting is null)
            return Problem.OfFields(errors);
        PostingOutcome outcome = (await RunAsync([posting], request, cancellationToken))[0];
        if (!outcome.IsPosted)
            return LedgerProblem.Of(outcome.Code, outcome.Detail);
        if (outcome.IsReplay)
            context.Response.Headers["Idempotent-Replayed"] = "true";
        context.Response.Headers.Location = $"/v1/ledger/transactions/{outcome.Transaction}";
        TransactionBody shown = await ShowAsync(posting, outcome, request.IsDryRun, cancellationToken);
        return Results.Json(
            shown, ApiJson.Options, statusCode: request.IsDryRun ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    /// <summary><c>POST /v1/ledger/transactions/bulk</c>: each has its own answer, linked ones stand or fall together.</summary>
    public async Task<IResult> BulkAsync(HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        var errors = new List<FieldError>();
        var postings = new List<Posting>();
        foreach ((JsonElement item, string pointer) in
            new BodyFields(request.Body, "", errors, "transactions").Items("transactions", 1, BulkMax))
        {
            if (await reader.ReadAsync(item, pointer, request, postings.Count, errors, cancellationToken) is { } posting)
                postings.Add(posting);
        }

        if (errors.Count > 0)
            return Problem.OfFields(errors);
        IReadOnlyList<PostingOutcome> outcomes = await RunAsync(postings, request, cancellationToken);
        var items = new List<BulkItemBody>();
        for (int item = 0; item < postings.Count; item++)
        {
            PostingOutcome outcome = outcomes[item];
            items.Add(new BulkItemBody(
                outcome.Code, outcome.Detail, outcome.Culprit, outcome.IsReplay,
                outcome.IsPosted ? await ShowAsync(postings[item], outcome, request.IsDryRun, cancellationToken) : null));
        }

        return Results.Json(new BulkBody(items), ApiJson.Options);
    }

    /// <summary><c>GET /v1/ledger/transactions/{id}</c>.</summary>
    public async Task<IResult> OneAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        LedgerTransaction? found = PublicId.TryParse(LedgerTransactionId.Prefix, id, out Guid value)
            ? await transactions.FindAsync(new LedgerTransactionId(value), cancellationToken)
            : null;
        Func<TransactionEntry, bool> mayBeSeen = await MayBeSeenAsync(context, cancellationToken);
        return found is not null && found.Entries.Any(mayBeSeen)
            ? Results.Json(TransactionBody.Of(found, mayBeSeen), ApiJson.Options)
            : new Problem(ProblemCode.NotFound, "You have no such transaction in the books.");
    }

    /// <summary><c>GET /v1/ledger/transactions</c> by one lineage key or more, the oldest first.</summary>
    public async Task<IResult> SearchAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(
            context.Request, "intent", "call", "event", "flow_node", "external_event", "reverses", "group", "cursor", "limit");
        int limit = query.Limit();
        var search = new TransactionSearch(
            new PostingLineage(
                null, query.Text("flow_node"), Id(query, "intent", "int"), Id(query, "call", "call"), query.Text("external_event")),
            query.Parse("event", Events.EventId.Parse, "An event is evt_…."),
            Id(query, "reverses", LedgerTransactionId.Prefix) is { } reverses ? new LedgerTransactionId(reverses) : null,
            Id(query, "group", TransactionBody.GroupPrefix),
            Id(query, "cursor", LedgerTransactionId.Prefix) is { } after ? new LedgerTransactionId(after) : null);
        if (query.Problem is { } problem)
            return problem;
        // Narrowed where it is read: pages and cursors tell nothing of transactions of others.
        OwnerId owner = context.Caller().Owner;
        Guid? whose = await house.IsHouseAsync(owner, cancellationToken) ? null : owner.Value;
        IReadOnlyList<LedgerTransaction> rows = await transactions.SearchAsync(
            search with { Owner = whose }, limit + 1, cancellationToken);
        Func<TransactionEntry, bool> mayBeSeen = await MayBeSeenAsync(context, cancellationToken);
        return Results.Json(
            Page<TransactionBody>.Of(rows, limit, row => TransactionBody.Of(row, mayBeSeen), row => row.Id.ToString()), ApiJson.Options);
    }

    private static Guid? Id(QueryReader query, string name, string prefix) => query.Parse<Guid>(
        name, text => PublicId.TryParse(prefix, text, out Guid id) ? id : null, $"{name} is {prefix}_ and 32 hexadecimal digits.");

    private async Task<Func<TransactionEntry, bool>> MayBeSeenAsync(HttpContext context, CancellationToken cancellationToken)
    {
        OwnerId owner = context.Caller().Owner;
        return await house.IsHouseAsync(owner, cancellationToken) ? _ => true : entry => entry.Account.Owner == owner.Value;
    }

    private async Task<TransactionBody> ShowAsync(
        Posting posting, PostingOutcome outcome, bool isDryRun, CancellationToken cancellationToken) =>
        isDryRun && !outcome.IsReplay
            ? TransactionBody.OfDryRun(posting, outcome)
            : TransactionBody.Of((await transactions.FindAsync(outcome.Transaction!.Value, cancellationToken))!, _ => true);

    private async Task<IReadOnlyList<PostingOutcome>> RunAsync(
        IReadOnlyList<Posting> postings, LedgerRequest request, CancellationToken cancellationToken)
    {
        if (request.IsDryRun)
        {
            return await house.DryRunAsync(
                (session, token) => ledger.PostInTransactionAsync(session, postings, freeze: false, token), cancellationToken);
        }

        return await unitOfWork.RunAsync(PostAsync, PostOnceMoreAsync, cancellationToken);

        async Task<IReadOnlyList<PostingOutcome>> PostAsync(DbSession session, CancellationToken token)
        {
            IReadOnlyList<PostingOutcome> outcomes = await ledger.PostInTransactionAsync(session, postings, freeze: true, token);
            for (int item = 0; item < postings.Count; item++)
            {
                if (outcomes[item] is { IsPosted: true, IsReplay: false, Transaction: { } transaction })
                {
                    await audit.AuditAsync(
                        session, request.Actor, "journal.post", transaction.ToString(),
                        new { postings[item].Kind, context = JsonSerializer.Deserialize<JsonElement>(postings[item].Context) }, token);
                }
            }

            return outcomes;
        }

        async Task<(bool Found, IReadOnlyList<PostingOutcome>? Outcome)> PostOnceMoreAsync(DbSession session, CancellationToken token) =>
            (true, await PostAsync(session, token));
    }
}

/// <summary>What a request to write the books brings besides its body.</summary>
internal sealed record LedgerRequest(JsonElement Body, string Path, string Key, OwnerId Owner, string Actor, bool IsDryRun)
{
    /// <summary>What a key is compared with when it comes again: the address and this part of the body.</summary>
    public byte[] FingerprintOf(JsonElement part) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes($"{Path}\n"), .. CanonicalJson.Hash(part)]);

    /// <summary>The ledger's key of one item: of the owner, so that two clients never meet, and of the request's key.</summary>
    public string KeyOf(int item)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Owner.Value:n}\n{Key}"));
        return $"api:{Convert.ToHexStringLower(hash)}:{item}";
    }
}
