using System.Globalization;
using System.Text;
using ChainExec.Calls;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Ledger;

/// <summary>A balance at a moment.</summary>
/// <param name="Basis">recorded or effective.</param>
/// <param name="Version">How many entries it includes.</param>
internal sealed record BalanceBody(string Account, DateTimeOffset At, string Basis, SignedAmount Balance, long Version);

/// <summary>What an account did between two moments, in the order in which it was recorded. Opening and entries make closing.</summary>
/// <param name="NextCursor">What to ask for the next page with.</param>
internal sealed record StatementBody(
    string Account, string Code, string Asset, DateTimeOffset From, DateTimeOffset To, SignedAmount Opening, SignedAmount Closing,
    long EntryCount, IReadOnlyList<EntryBody> Data, string? NextCursor, bool HasMore);

/// <summary>One account: as it stands, as it stood, what it did; opening and changing for keys of the house.</summary>
internal sealed class AccountEndpoints(
    JournalReader reader, StatementQueries statements, LedgerStore ledger, LedgerQueries queries, UnitOfWork unitOfWork, HouseGate house,
    OwnerStore audit)
{
    private const string HouseChapter = "house:";
    private const int ReasonLengthMax = 500;

    /// <summary><c>GET /v1/ledger/accounts/{id}</c>; with <c>at</c> the balance at that moment, recorded or effective.</summary>
    public async Task<IResult> OneAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "at", "basis");
        DateTimeOffset? at = Time(query, "at");
        string basis = query.Text("basis") ?? "recorded";
        if (basis is not ("recorded" or "effective"))
            query.Refuse("basis", "invalid_basis", "basis is recorded or effective.");
        if (query.Problem is { } problem)
            return problem;
        if (await FindAsync(id, context, cancellationToken) is not { } account)
            return Unknown();
        if (at is not { } moment)
            return Results.Json(AccountBody.Of(account), ApiJson.Options);
        try
        {
            BalanceAt balance = (basis == "recorded"
                ? await statements.RecordedAsync(account.Id, moment, cancellationToken)
                : await statements.EffectiveAsync(account.Id, moment, cancellationToken))!;
            return Results.Json(
                new BalanceBody(account.Id.ToString(), moment, basis, balance.Balance, balance.Version), ApiJson.Options);
        }
        catch (LedgerRefusedException)
        {
            return Problem.OfParameter("at", "invalid_at", "The moment has not passed.");
        }
    }

    /// <summary><c>GET /v1/ledger/accounts/{id}/statement</c>, as JSON or, with <c>format=csv</c>, as a table.</summary>
    public async Task<IResult> StatementAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "from", "to", "format", "cursor", "limit");
        int limit = query.Limit();
        DateTimeOffset? from = Time(query, "from");
        DateTimeOffset? to = Time(query, "to");
        if (query.Problem is null && (from is null || to is null || from > to))
            query.Refuse("from", "invalid_from", "A statement is from one moment to a later one.");
        long? cursor = query.Parse<long>(
            "cursor", text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version) ? version : null,
            "A cursor is the next_cursor of the page before.");
        string format = query.Text("format") ?? "json";
        if (format is not ("json" or "csv"))
            query.Refuse("format", "invalid_format", "format is json or csv.");
        if (query.Problem is { } problem)
            return problem;
        if (await FindAsync(id, context, cancellationToken) is not { } account)
            return Unknown();
        try
        {
            AccountStatement statement = (await statements.StatementAsync(
                account.Id, from!.Value, to!.Value, cursor, format == "csv" ? StatementQueries.PageMax : limit, cancellationToken))!;
            return format == "csv"
                ? Results.Text(Csv(statement), "text/csv", Encoding.UTF8)
                : Results.Json(Show(statement), ApiJson.Options);
        }
        catch (LedgerRefusedException)
        {
            return Problem.OfParameter("to", "invalid_to", "The end of a statement has passed.");
        }
    }

    /// <summary><c>POST /v1/ledger/accounts</c>: opens one of the house's own, or finds it open.</summary>
    public async Task<IResult> OpenAsync(HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        var errors = new List<FieldError>();
        var fields = new BodyFields(request.Body, "", errors, "code", "kind", "asset", "policy");
        string code = fields.RequiredText("code", 200);
        if (errors.Count == 0 && (!code.StartsWith(HouseChapter, StringComparison.Ordinal) || !code.All(IsCodeLetter)))
            fields.Refuse("code", "invalid_code", "code begins with house: and is made of a-z, 0-9 and :._-.");
        AccountKind? kind = fields.Word<AccountKind>("kind");
        string asset = fields.RequiredText("asset", 64);
        if (kind is null && fields.Raw("kind") is null)
            fields.Refuse("kind", "required", "kind is required.");
        AccountPolicy policy = fields.Word<AccountPolicy>("policy") ?? AccountPolicy.Strict;
        if (errors.Count > 0)
            return Problem.OfFields(errors);
        var account = new AccountSpec(code, kind!.Value, asset, Owner: null, policy);
        return await WriteAsync(
            request, code, "ledger.open", new { kind, asset, policy },
            (session, token) => ledger.OpenAccountAsync(session, account, token), cancellationToken);
    }

    /// <summary><c>POST /v1/ledger/accounts/{id}/change</c>: limits, closing, tags.</summary>
    public async Task<IResult> ChangeAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        if (await reader.FindAccountAsync(id, cancellationToken) is not { } account)
            return Unknown();
        var errors = new List<FieldError>();
        var fields = new BodyFields(
            request.Body, "", errors, "reason", "debits_must_not_exceed_credits", "credits_must_not_exceed_debits", "overdraft", "closed",
            "tags");
        var change = new AccountChange(account.Code, request.Actor, fields.RequiredText("reason", ReasonLengthMax))
        {
            DebitsMustNotExceedCredits = fields.Flag("debits_must_not_exceed_credits"),
            CreditsMustNotExceedDebits = fields.Flag("credits_must_not_exceed_debits"),
            Overdraft = fields.Amount("overdraft", allowZero: true),
            Closed = fields.Flag("closed"),
            Tags = fields.Raw("tags") is null
                ? null
                : [.. fields.Items("tags", 0, 16).Select(tag => tag.Item.ValueKind == System.Text.Json.JsonValueKind.String
                    ? tag.Item.GetString()!.Replace(',', ' ')
                    : "")],
        };
        if (change.Tags?.Any(tag => tag.Length is 0 or > 64) == true)
            fields.Refuse("tags", "invalid_tags", "tags are strings of 1 to 64 characters.");
        if (errors.Count > 0)
            return Problem.OfFields(errors);
        return await WriteAsync(
            request, account.Code, "ledger.change", new { change.Reason },
            async (session, token) =>
            {
                await ledger.ChangeAccountAsync(session, change, token);
                return account.Id;
            },
            cancellationToken);
    }

    private async Task<IResult> WriteAsync(
        LedgerRequest request, string code, string action, object details,
        Func<DbSession, CancellationToken, Task<LedgerAccountId>> write, CancellationToken cancellationToken)
    {
        try
        {
            if (request.IsDryRun)
                await house.DryRunAsync(write, cancellationToken);
            else
            {
                await unitOfWork.RunAsync(
                    async (session, token) =>
                    {
                        LedgerAccountId id = await write(session, token);
                        await audit.AuditAsync(session, request.Actor, action, id.ToString(), details, token);
                    },
                    cancellationToken);
            }
        }
        catch (LedgerRefusedException refused)
        {
            return LedgerProblem.Of(refused.Reason, refused.Message);
        }

        return await queries.FindAccountAsync(code, cancellationToken) is { } account
            ? Results.Json(AccountBody.Of(account), ApiJson.Options)
            : Results.NoContent();
    }

    private async Task<LedgerAccount?> FindAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        OwnerId owner = context.Caller().Owner;
        return await reader.FindAccountAsync(id, cancellationToken) is { } account
            && (account.Owner == owner.Value || await house.IsHouseAsync(owner, cancellationToken))
                ? account
                : null;
    }

    private static StatementBody Show(AccountStatement statement) => new(
        statement.Account.Id.ToString(), statement.Account.Code, statement.Account.Asset, statement.From, statement.To, statement.Opening,
        statement.Closing, statement.LastVersion - statement.FirstVersion + 1, [.. statement.Entries.Select(EntryBody.Of)],
        statement.Next?.ToString(CultureInfo.InvariantCulture), statement.Next is not null);

    // Ids, codes and kinds hold no comma and no quote: nothing needs to be quoted.
    private static string Csv(AccountStatement statement)
    {
        var text = new StringBuilder("version,recorded_at,effective_at,transaction,kind,debit,credit,balance\n");
        text.Append(CultureInfo.InvariantCulture, $"{statement.FirstVersion - 1},{statement.From:O},,,opening,,,{statement.Opening}\n");
        foreach (LedgerEntry entry in statement.Entries)
        {
            string amounts = entry.Side == EntrySide.Debit ? $"{entry.Amount}," : $",{entry.Amount}";
            text.Append(CultureInfo.InvariantCulture, $"{entry.Version},{entry.RecordedAt:O},{entry.EffectiveAt:O},{entry.Transaction},")
                .Append(CultureInfo.InvariantCulture, $"{entry.Kind},{amounts},{entry.BalanceAfter}\n");
        }

        if (statement.Next is null)
            text.Append(CultureInfo.InvariantCulture, $"{statement.LastVersion},{statement.To:O},,,closing,,,{statement.Closing}\n");
        else
            text.Append(CultureInfo.InvariantCulture, $"{statement.Next},,,,next_cursor,,,\n");
        return text.ToString();
    }

    private static DateTimeOffset? Time(QueryReader query, string name) => query.Parse<DateTimeOffset>(
        name, text => BodyFields.TryTime(text, out DateTimeOffset time) ? time : null, $"{name} is a time such as 2026-01-31T00:00:00Z.");

    private static bool IsCodeLetter(char letter) =>
        char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is ':' or '.' or '_' or '-';

    private static Problem Unknown() => new(ProblemCode.NotFound, "You have no such account in the books.");
}
