using ChainExec.Calls;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Ledger;

/// <summary>A request to close the books up to a moment.</summary>
/// <param name="Id"><c>per_…</c>.</param>
/// <param name="ApprovedBy">Who approved it, somebody else than who asked; nothing while it is open.</param>
internal sealed record PeriodBody(
    string Id, DateTimeOffset Until, string Reason, string RequestedBy, DateTimeOffset RequestedAt, string? ApprovedBy,
    DateTimeOffset? ApprovedAt);

/// <summary>Closing of periods: asked by one key of the house and approved by another. Both verbs may be repeated.</summary>
internal sealed class PeriodEndpoints(PeriodStore periods, UnitOfWork unitOfWork, HouseGate house, OwnerStore audit, TimeProvider clock)
{
    private const string Prefix = "per";
    private const int ReasonLengthMax = 500;

    /// <summary><c>GET /v1/ledger/periods</c>, the newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (!await house.IsHouseAsync(context.Caller().Owner, cancellationToken))
            return new Problem(ProblemCode.Forbidden, "Periods are for keys of the owner named house.");
        IReadOnlyList<PeriodClose> rows = await unitOfWork.RunAsync(periods.ListAsync, cancellationToken);
        return Results.Json(new Page<PeriodBody>([.. rows.Select(Show)], null, false), ApiJson.Options);
    }

    /// <summary><c>POST /v1/ledger/periods</c>. Nothing is closed yet.</summary>
    public async Task<IResult> RequestAsync(HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        var errors = new List<FieldError>();
        var fields = new BodyFields(request.Body, "", errors, "until", "reason");
        string reason = fields.RequiredText("reason", ReasonLengthMax);
        DateTimeOffset? until = fields.Time("until");
        if (until is null && fields.Raw("until") is null)
            fields.Refuse("until", "required", "until is required.");
        if (errors.Count > 0)
            return Problem.OfFields(errors);
        Guid id = Guid.CreateVersion7(clock.GetUtcNow());
        try
        {
            PeriodClose made = request.IsDryRun
                ? await house.DryRunAsync(MakeAsync, cancellationToken)
                : await unitOfWork.RunAsync(MakeAsync, cancellationToken);
            return Results.Json(Show(made), ApiJson.Options, statusCode: StatusCodes.Status201Created);
        }
        catch (LedgerRefusedException refused)
        {
            return LedgerProblem.Of(refused.Reason, refused.Message);
        }

        async Task<PeriodClose> MakeAsync(DbSession session, CancellationToken token)
        {
            // The same request again, as after a lost answer, is the one that is open.
            if (Same(await periods.ListAsync(session, token), until!.Value, reason, request.Actor) is { } before)
                return before;
            await periods.RequestAsync(session, id, until.Value, request.Actor, reason, token);
            await audit.AuditAsync(
                session, request.Actor, "ledger.period_request", PublicId.Format(Prefix, id), new { until, reason }, token);
            return (await periods.ListAsync(session, token)).Single(period => period.Id == id);
        }
    }

    /// <summary><c>POST /v1/ledger/periods/{id}/approve</c>: what is effective before is refused from then on.</summary>
    public async Task<IResult> ApproveAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        (LedgerRequest? request, IResult? problem) = await house.ReadAsync(context, cancellationToken);
        if (request is null)
            return problem!;
        if (!PublicId.TryParse(Prefix, id, out Guid value))
            return new Problem(ProblemCode.NotFound, "There is no such period.");
        (string outcome, PeriodClose? period) = request.IsDryRun
            ? await house.DryRunAsync(MakeAsync, cancellationToken)
            : await unitOfWork.RunAsync(MakeAsync, cancellationToken);
        return outcome switch
        {
            "approved" => Results.Json(Show(period!), ApiJson.Options),
            "same_person" => new Problem(ProblemCode.Refused("same_person"), "Somebody else than who asked approves it."),
            _ => new Problem(ProblemCode.NotFound, "There is no such period."),
        };

        async Task<(string, PeriodClose?)> MakeAsync(DbSession session, CancellationToken token)
        {
            string answer = await periods.ApproveAsync(session, value, request.Actor, token);
            if (answer == "approved")
                await audit.AuditAsync(session, request.Actor, "ledger.period_approve", id, new { }, token);
            return (answer, (await periods.ListAsync(session, token)).FirstOrDefault(one => one.Id == value));
        }
    }

    private static PeriodClose? Same(IReadOnlyList<PeriodClose> known, DateTimeOffset until, string reason, string actor) =>
        known.FirstOrDefault(period => period.Until == until && period.Reason == reason && period.RequestedBy == actor);

    private static PeriodBody Show(PeriodClose period) => new(
        PublicId.Format(Prefix, period.Id), period.Until, period.Reason, period.RequestedBy, period.RequestedAt, period.ApprovedBy,
        period.ApprovedAt);
}
