using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Intents;

/// <summary><c>GET /v1/intents</c> and <c>GET /v1/intents/{id}</c>. Another owner's intent does not exist.</summary>
internal sealed class ReadEndpoints(
    IntentQueries intents, CallStore calls, AccountStore accounts, ApprovalQueries approvals, ChainDirectory chains, UnitOfWork unitOfWork)
{
    private static readonly string[] States =
    [
        .. Enum.GetValues<IntentState>().Where(state => state != IntentState.Escalated).Select(state => EnumText.Of(state)),
    ];

    /// <summary>One intent with its timeline; <c>?expand=executions</c> adds every attempt.</summary>
    public async Task<IResult> OneAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "expand");
        bool executions = query.Text("expand") is { } expand && (expand == "executions" || Unknown(query));
        if (query.Problem is { } problem)
            return problem;
        IntentView? view = PublicId.TryParse(IntentId.Prefix, id, out Guid value)
            ? await intents.FindAsync(context.Caller().Owner.Value, new IntentId(value), cancellationToken)
            : null;
        if (view is null)
            return new Problem(ProblemCode.NotFound, "You have no such intent.");
        IntentBody body = IntentBody.Of(view, await calls.OfIntentAsync(view.Id.Value, cancellationToken));
        StepBody[] timeline = [.. (await intents.TimelineAsync(view.Id, cancellationToken)).Select(StepBody.Of)];
        ExecutionBody[]? attempts = executions
            ? [.. (await intents.AttemptsAsync(view.Id, cancellationToken)).Select(ExecutionBody.Of)]
            : null;
        Approval? approval = await approvals.NewestAsync(view.Id.Value, cancellationToken);
        return Results.Json(
            new IntentDetailBody(body, timeline, approval is null ? null : ApprovalBody.Of(approval), attempts), ApiJson.Options);
    }

    /// <summary>The owner's intents, newest first.</summary>
    public async Task<IResult> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "status", "account", "cursor", "limit");
        Guid owner = context.Caller().Owner.Value;
        int limit = query.Limit();
        IntentId? before = query.Parse("cursor", ParseIntent, "A cursor is the next_cursor of the page before.");
        IntentState? state = query.Parse("status", ParseState, $"A status is one of {string.Join(", ", States)}.");
        Guid? account = await ReadAccountAsync(query, owner, cancellationToken);
        if (query.Problem is { } problem)
            return problem;

        IReadOnlyList<IntentView> rows = await intents.ListAsync(owner, state, account, before, limit + 1, cancellationToken);
        Guid[] shown = [.. rows.Take(limit).Select(row => row.Id.Value)];
        ILookup<Guid, BlockchainCall> requested = (await calls.OfIntentsAsync(shown, cancellationToken)).ToLookup(call => call.Intent);
        return Results.Json(
            Page<IntentBody>.Of(rows, limit, row => IntentBody.Of(row, requested[row.Id.Value]), row => row.Id.ToString()),
            ApiJson.Options);
    }

    private static IntentId? ParseIntent(string text) => PublicId.TryParse(IntentId.Prefix, text, out Guid id) ? new IntentId(id) : null;

    private static IntentState? ParseState(string text) => States.Contains(text) ? EnumText.Parse<IntentState>(text) : null;

    private static bool Unknown(QueryReader query)
    {
        query.Refuse("expand", "invalid_expand", "expand is executions.");
        return false;
    }

    // An account that is not the caller's filters everything out, like one that does not exist.
    private async Task<Guid?> ReadAccountAsync(QueryReader query, Guid owner, CancellationToken cancellationToken)
    {
        if (query.Text("account") is not { } text)
            return null;
        if (PublicId.TryParse(AccountId.Prefix, text, out Guid id))
            return id;
        if (!Ethereum.Address.TryParse(text, out Ethereum.Address address, out string? error))
        {
            query.Refuse("account", "invalid_account", $"account is an account's id or its address: {error}");
            return null;
        }

        List<CustodyAccount> found = [];
        foreach (ChainProfile chain in chains.All)
        {
            CustodyAccount? account = await unitOfWork.RunAsync(
                (session, token) => accounts.FindAsync(session, chain.Id, address, token), cancellationToken);
            if (account?.Owner == owner)
                found.Add(account);
        }

        if (found.Count > 1)
            query.Refuse("account", "ambiguous_account", "The address is yours on several chains; name the account by its id.");
        return found.Count == 0 ? Guid.Empty : found[0].Id.Value;
    }
}
