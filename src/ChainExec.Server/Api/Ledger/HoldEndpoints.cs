using ChainExec.Calls;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Ledger;

/// <summary>A hold.</summary>
/// <param name="Id"><c>hold_…</c>.</param>
/// <param name="Account"><c>lac_…</c>.</param>
/// <param name="Posted">What postings have spent of it.</param>
/// <param name="Remaining">What it reserves still; zero once resolved.</param>
/// <param name="BoundTo">The work whose end resolves it.</param>
/// <param name="Group"><c>grp_…</c>.</param>
internal sealed record HoldBody(
    string Id, string Account, string AccountCode, string Asset, TokenAmount Amount, TokenAmount Posted, TokenAmount Remaining,
    HoldState State, string? BoundTo, string? ToAccount, string? Group, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? ResolvedAt)
{
    /// <summary>Shows a hold.</summary>
    public static HoldBody Of(Hold hold) => new(
        hold.Id.ToString(), hold.Account.ToString(), hold.AccountCode, hold.Asset, hold.Amount, hold.Posted, hold.Remaining, hold.State,
        hold.BoundTo, hold.ToAccountCode, hold.Group is { } group ? PublicId.Format(TransactionBody.GroupPrefix, group) : null,
        hold.CreatedAt, hold.ExpiresAt, hold.ResolvedAt);
}

/// <summary>
/// Holds by hand, for keys of the house; reads for everybody, of what is theirs. What an intent or a flow holds is theirs: only their end
/// resolves it, and it is refused here.
/// </summary>
internal sealed class HoldEndpoints(
    JournalReader reader, LedgerQueries queries, TransactionQueries transactions, LedgerStore ledger, UnitOfWork unitOfWork,
    HouseGate house, OwnerStore audit, TimeProvider clock)
{
    private const string OfIntents = "intent:";
    private const string OfHands = "api:";
    private const int ReasonLengthMax = 200;
    private const int LastsMax = 31_536_000;

    /// <summary><c>GET /v1/ledger/holds</c>, the newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "account", "open", "cursor", "limit");
        int limit = query.Limit();
        LedgerAccountId? account = query.Parse<LedgerAccountId>(
            "account", text => LedgerAccountId.TryParse(text, out LedgerAccountId id) ? id : null, "account is lac_….");
        Guid? before = query.Parse<Guid>(
            "cursor", text => PublicId.TryParse(HoldId.Prefix, text, out Guid id) ? id : null,
            "A cursor is the next_cursor of the page before.");
        bool open = query.Text("open") == "true";
        if (query.Problem is { } problem)
            return problem;
        OwnerId owner = context.Caller().Owner;
        Guid? whose = await house.IsHouseAsync(owner, cancellationToken) ? null : owner.Value;
        IReadOnlyList<Hold> rows = await queries.HoldsAsync(
            whose, account, open, before is { } id ? new HoldId(id) : null, limit + 1, cancellationToken);
        return Results.Json(Page<HoldBody>.Of(rows, limit, HoldBody.Of, row => row.Id.ToString()), ApiJson.Options);
    }

    /// <summary><c>GET /v1/ledger/holds/{id}</c>.</summary>
    public async Task<IResult> OneAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        OwnerId owner = context.Caller().Owner;
        return await FindAsync(id, cancellationToken) is { } hold
            && (hold.Owner == owner.Value || await house.IsHouseAsync(owner, cancellationToken))
                ? Results.Json(HoldBody.Of(hold), ApiJson.Options)
                : Unknown();
    }

    /// <summary><c>POST /v1/ledger/holds</c>.</summary>
    public async Task<IResult> PlaceAsync(HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        var errors = new List<FieldError>();
        var fields = new BodyFields(request.Body, "", errors, "account", "amount", "lasts_seconds", "bound_to", "to_account", "group");
        string code = await AccountAsync(fields, "account", required: true, cancellationToken) ?? "";
        string? to = await AccountAsync(fields, "to_account", required: false, cancellationToken);
        TokenAmount amount = fields.RequiredAmount("amount");
        int? lasts = fields.Number("lasts_seconds", 1, LastsMax);
        string? boundTo = fields.Text("bound_to", 150);
        Guid? group = fields.Id("group", TransactionBody.GroupPrefix);
        if ((lasts is null) == (boundTo is null) && errors.Count == 0)
            fields.Refuse("lasts_seconds", "invalid_lasts_seconds", "A hold lasts some seconds, or is bound_to some work.");
        if (errors.Count > 0)
            return Problem.OfFields(errors);
        var asked = new HoldRequest(new HoldId(Guid.CreateVersion7(clock.GetUtcNow())), code, amount)
        {
            BoundTo = boundTo is null ? null : $"{OfHands}{boundTo}",
            Lasts = lasts is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Key = (request.KeyOf(0), request.FingerprintOf(request.Body)),
            ToAccountCode = to,
            Group = group,
            Actor = request.Actor,
        };
        try
        {
            return request.IsDryRun
                ? await house.DryRunAsync((session, token) => PlaceAsync(session, asked, context, request, token), cancellationToken)
                : await unitOfWork.RunAsync(
                    (session, token) => PlaceAsync(session, asked, context, request, token),
                    async (session, token) => (true, await PlaceAsync(session, asked, context, request, token)), cancellationToken);
        }
        catch (LedgerRefusedException refused)
        {
            return LedgerProblem.Of(refused.Reason, refused.Message);
        }
    }

    /// <summary><c>POST /v1/ledger/holds/{id}/post</c>: an amount of it, or all that is left.</summary>
    public async Task<IResult> PostAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        var errors = new List<FieldError>();
        var fields = new BodyFields(request.Body, "", errors, "amount", "to_account", "reason");
        string reason = fields.RequiredText("reason", ReasonLengthMax);
        TokenAmount? amount = fields.Amount("amount", allowZero: false);
        string? to = await AccountAsync(fields, "to_account", required: false, cancellationToken);
        if (errors.Count > 0)
            return Problem.OfFields(errors);
        if (await FindAsync(id, cancellationToken) is not { } hold)
            return Unknown();
        if (RefuseOthers(hold) is { } refused)
            return refused;
        LedgerAccount source = (await queries.FindAccountAsync(hold.Account, cancellationToken))!;
        if ((to ?? hold.ToAccountCode) is not { } target)
            return Problem.OfFields([new FieldError("/to_account", "required", "The hold does not say where to.")]);
        LedgerAccount destination = (await queries.FindAccountAsync(target, cancellationToken))!;
        bool draws = source.Kind is AccountKind.Asset or AccountKind.Expense;
        TokenAmount moved = amount ?? hold.Amount;
        var posting = new Posting
        {
            Id = new LedgerTransactionId(Guid.CreateVersion7(clock.GetUtcNow())),
            Key = request.KeyOf(0),
            Kind = "hold.post",
            Context = System.Text.Json.JsonSerializer.Serialize(new { reason, hold = hold.Id.ToString() }),
            EffectiveAt = clock.GetUtcNow(),
            Lines = draws
                ? [PostingLine.Debit(destination.Spec, moved), PostingLine.Credit(source.Spec, moved)]
                : [PostingLine.Debit(source.Spec, moved), PostingLine.Credit(destination.Spec, moved)],
            HoldUse = new HoldUse(hold.Id, amount),
            Mode = amount is null ? PostingMode.HoldAll : PostingMode.Fixed,
            Lineage = new PostingLineage(request.Actor),
            Fingerprint = request.FingerprintOf(request.Body),
        };
        PostingOutcome outcome = request.IsDryRun
            ? await house.DryRunAsync((session, token) => PostAsync(session, posting, request, token), cancellationToken)
            : await unitOfWork.RunAsync(
                (session, token) => PostAsync(session, posting, request, token),
                async (session, token) => (true, await PostAsync(session, posting, request, token)), cancellationToken);
        if (!outcome.IsPosted)
            return LedgerProblem.Of(outcome.Code, outcome.Detail);
        if (outcome.IsReplay)
            context.Response.Headers["Idempotent-Replayed"] = "true";
        return Results.Json(
            request.IsDryRun && !outcome.IsReplay
                ? TransactionBody.OfDryRun(posting, outcome)
                : TransactionBody.Of((await transactions.FindAsync(outcome.Transaction!.Value, cancellationToken))!, _ => true),
            ApiJson.Options);
    }

    /// <summary><c>POST /v1/ledger/holds/{id}/void</c>: gives back what is left. Again it changes nothing.</summary>
    public async Task<IResult> VoidAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        var errors = new List<FieldError>();
        string reason = new BodyFields(request.Body, "", errors, "reason").RequiredText("reason", ReasonLengthMax);
        if (errors.Count > 0)
            return Problem.OfFields(errors);
        if (await FindAsync(id, cancellationToken) is not { } hold)
            return Unknown();
        if (RefuseOthers(hold) is { } refused)
            return refused;
        if (hold.State is HoldState.Posted or HoldState.Expired)
            return LedgerProblem.Of(LedgerCode.HoldResolved, $"It is {EnumText.Of(hold.State)}: there is nothing to give back.");
        Hold after = request.IsDryRun
            ? await house.DryRunAsync((session, token) => VoidAsync(session, hold, request, reason, token), cancellationToken)
            : await unitOfWork.RunAsync((session, token) => VoidAsync(session, hold, request, reason, token), cancellationToken);
        return Results.Json(HoldBody.Of(after), ApiJson.Options);
    }

    private async Task<Hold> VoidAsync(
        DbSession session, Hold hold, LedgerRequest request, string reason, CancellationToken cancellationToken)
    {
        ReleaseResult result = await ledger.ReleaseHoldAsync(session, hold.Id, hold.BoundTo, reason, cancellationToken);
        if (!result.Released.IsZero)
            await audit.AuditAsync(session, request.Actor, "ledger.hold_void", hold.Id.ToString(), new { reason }, cancellationToken);
        return (await ledger.FindHoldAsync(session, hold.Id, cancellationToken))!;
    }

    private async Task<PostingOutcome> PostAsync(
        DbSession session, Posting posting, LedgerRequest request, CancellationToken cancellationToken)
    {
        PostingOutcome outcome = (await ledger.PostInTransactionAsync(session, [posting], freeze: true, cancellationToken))[0];
        if (outcome is { IsPosted: true, IsReplay: false })
        {
            await audit.AuditAsync(
                session, request.Actor, "ledger.hold_post", posting.HoldUse!.Value.Hold.ToString(),
                new { transaction = outcome.Transaction.ToString() }, cancellationToken);
        }

        return outcome;
    }

    private async Task<IResult> PlaceAsync(
        DbSession session, HoldRequest asked, HttpContext context, LedgerRequest request, CancellationToken cancellationToken)
    {
        HoldOutcome outcome = await ledger.PlaceHoldAsync(session, asked, cancellationToken);
        if (outcome.Hold is not { } id)
            return LedgerProblem.Of(outcome.Code, $"{asked.Amount} are asked, {outcome.Available} are available.");
        if (outcome.IsReplay)
            context.Response.Headers["Idempotent-Replayed"] = "true";
        else
            await audit.AuditAsync(session, request.Actor, "ledger.hold_place", id.ToString(), new { asked.BoundTo }, cancellationToken);
        context.Response.Headers.Location = $"/v1/ledger/holds/{id}";
        Hold hold = (await ledger.FindHoldAsync(session, id, cancellationToken))!;
        return Results.Json(
            HoldBody.Of(hold), ApiJson.Options,
            statusCode: request.IsDryRun ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private async Task<string?> AccountAsync(BodyFields fields, string name, bool required, CancellationToken cancellationToken)
    {
        string? text = required ? fields.RequiredText(name, 200) : fields.Text(name, 200);
        if (string.IsNullOrEmpty(text))
            return null;
        if (await reader.FindAccountAsync(text, cancellationToken) is { } account)
            return account.Code;
        fields.Refuse(name, "unknown_account", "There is no such account in the books.");
        return null;
    }

    private static Problem? RefuseOthers(Hold hold) => hold.BoundTo switch
    {
        null => null,
        { } work when work.StartsWith(OfHands, StringComparison.Ordinal) => null,
        { } work when work.StartsWith(OfIntents, StringComparison.Ordinal) =>
            new Problem(ProblemCode.Refused("hold_of_an_intent"), "Only the end of its intent resolves this hold."),
        _ => new Problem(ProblemCode.Refused("hold_of_other_work"), "Only what it is bound to resolves this hold."),
    };

    private async Task<Hold?> FindAsync(string id, CancellationToken cancellationToken) =>
        PublicId.TryParse(HoldId.Prefix, id, out Guid value) ? await queries.FindHoldAsync(new HoldId(value), cancellationToken) : null;

    private static Problem Unknown() => new(ProblemCode.NotFound, "You have no such hold in the books.");
}
