using System.Globalization;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Reconciliation;

namespace ChainExec.Server.Api.Ledger;

/// <summary>Reads of the books. A caller sees its owner's accounts; only the owner <c>house</c> may ask for all.</summary>
internal sealed class LedgerEndpoints(LedgerQueries ledger, LiabilityProver prover, HouseGate house)
{
    private const int TrialBalanceRowsMax = 10_000;
    private const int ProofAttempts = 3;

    /// <summary><c>GET /v1/ledger/trial-balance</c>.</summary>
    public async Task<IResult> TrialBalanceAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "scope");
        string scope = query.Text("scope") ?? "own";
        if (scope is not ("own" or "all"))
            query.Refuse("scope", "invalid_scope", "scope is own or all.");
        if (query.Problem is { } problem)
            return problem;
        OwnerId owner = context.Caller().Owner;
        if (scope == "all" && !await house.IsHouseAsync(owner, cancellationToken))
            return new Problem(ProblemCode.Forbidden, "The whole book is for keys of the owner named house.");
        IReadOnlyList<TrialBalanceRow> rows = await ledger.TrialBalanceAsync(
            scope == "all" ? null : owner.Value, TrialBalanceRowsMax, cancellationToken);
        return Results.Json(TrialBalanceBody.Of(scope, rows), ApiJson.Options);
    }

    /// <summary><c>GET /v1/ledger/proof</c>: whether we have what we owe, at pinned final blocks, item by item.</summary>
    public async Task<IResult> ProofAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "asset");
        string? asset = query.Text("asset");
        if (query.Problem is { } problem)
            return problem;
        if (!await house.IsHouseAsync(context.Caller().Owner, cancellationToken))
            return new Problem(ProblemCode.Forbidden, "The proof of all claims is for keys of the owner named house.");
        LiabilityProof proof = await prover.ProveAsync(asset, ProofAttempts, cancellationToken);
        return asset is not null && proof.Assets.Count == 0
            ? new Problem(ProblemCode.NotFound, "There is no such asset in the books or in the registry.")
            : Results.Json(proof, ApiJson.Options);
    }

    /// <summary><c>GET /v1/ledger/accounts</c>, in the order in which they were opened.</summary>
    public async Task<IResult> AccountsAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "cursor", "limit");
        int limit = query.Limit();
        LedgerAccountId? after = query.Parse(
            "cursor", text => LedgerAccountId.TryParse(text, out LedgerAccountId id) ? id : (LedgerAccountId?)null,
            "A cursor is the next_cursor of the page before.");
        if (query.Problem is { } problem)
            return problem;
        IReadOnlyList<LedgerAccount> rows = await ledger.AccountsAsync(context.Caller().Owner.Value, after, limit + 1, cancellationToken);
        return Results.Json(Page<AccountBody>.Of(rows, limit, AccountBody.Of, row => row.Id.ToString()), ApiJson.Options);
    }

    /// <summary><c>GET /v1/ledger/accounts/{id}/entries</c>, newest first. The id is <c>lac_…</c> or the account's code.</summary>
    public async Task<IResult> EntriesAsync(string id, HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "cursor", "limit");
        int limit = query.Limit();
        long? before = query.Parse("cursor", ParseVersion, "A cursor is the next_cursor of the page before.");
        if (query.Problem is { } problem)
            return problem;
        LedgerAccount? account = LedgerAccountId.TryParse(id, out LedgerAccountId number)
            ? await ledger.FindAccountAsync(number, cancellationToken)
            : await ledger.FindAccountAsync(id, cancellationToken);
        OwnerId owner = context.Caller().Owner;
        if (account is null || (account.Owner != owner.Value && !await house.IsHouseAsync(owner, cancellationToken)))
            return new Problem(ProblemCode.NotFound, "You have no such account in the books.");
        EntryPage page = await ledger.EntriesAsync(account.Id, before, limit, cancellationToken);
        string? next = page.Before?.ToString(CultureInfo.InvariantCulture);
        return Results.Json(new Page<EntryBody>([.. page.Entries.Select(EntryBody.Of)], next, next is not null), ApiJson.Options);
    }

    private static long? ParseVersion(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version) && version > 0 ? version : null;
}
