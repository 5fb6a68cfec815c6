using ChainExec.Flows;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Flows;

/// <summary>Reads of flows. Another owner's flow does not exist.</summary>
internal sealed class FlowEndpoints(FlowQueries flows)
{
    /// <summary><c>GET /v1/flows</c>, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "cursor", "limit");
        int limit = query.Limit();
        FlowId? before = query.Parse("cursor", Parse, "A cursor is the next_cursor of the page before.");
        if (query.Problem is { } problem)
            return problem;
        IReadOnlyList<FlowSummary> rows = await flows.ListAsync(context.Caller().Owner.Value, before, limit + 1, cancellationToken);
        return Results.Json(Page<FlowBody>.Of(rows, limit, FlowBody.Of, row => row.Id.ToString()), ApiJson.Options);
    }

    /// <summary><c>GET /v1/flows/{id}</c>: the live tree.</summary>
    public async Task<IResult> OneAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request);
        if (query.Problem is { } problem)
            return problem;
        FlowView? view = Parse(id) is { } flow ? await flows.FindAsync(context.Caller().Owner.Value, flow, cancellationToken) : null;
        return view is null
            ? new Problem(ProblemCode.NotFound, "You have no such flow.")
            : Results.Json(FlowDetailBody.Of(view), ApiJson.Options);
    }

    private static FlowId? Parse(string text) => PublicId.TryParse(FlowId.Prefix, text, out Guid value) ? new FlowId(value) : null;
}
