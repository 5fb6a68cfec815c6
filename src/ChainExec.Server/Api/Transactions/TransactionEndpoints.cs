using ChainExec.Attribution;
using ChainExec.Calls;
using ChainExec.Ethereum;

namespace ChainExec.Server.Api.Transactions;

/// <summary><c>GET /v1/transactions/{chain}/{hash}</c>. A transaction that concerns another owner only does not exist.</summary>
internal sealed class TransactionEndpoints(TransactionTreeQueries trees, ChainDirectory chains)
{
    /// <summary>The transaction with its frames, its logs, and the call that each is of.</summary>
    public async Task<IResult> OneAsync(string chain, string hash, HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request);
        if (query.Problem is { } problem)
            return problem;
        if (chains.Find(chain) is not { } profile || !Hash32.TryParse(hash, out Hash32 read, out _))
            return Unknown();
        IReadOnlyList<TransactionTree> found = await trees.FindAsync(
            profile.Id, read, context.Caller().Owner.Value, cancellationToken);
        return found.Count == 0
            ? Unknown()
            : Results.Json(new TransactionTreeBody(profile.Id, read, [.. found.Select(IncarnationBody.Of)]), ApiJson.Options);
    }

    private static Problem Unknown() => new(ProblemCode.NotFound, "No transaction of yours is known by this chain and hash.");
}
