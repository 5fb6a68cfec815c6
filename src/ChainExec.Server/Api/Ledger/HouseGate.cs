using System.Text.Json;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Server.Api.Intents;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Ledger;

/// <summary>
/// Lets keys of the house write the books, and nobody else: whoever could post to accounts of his own choosing could make himself rich.
/// Reads key, body and dry_run the same way for every verb.
/// </summary>
internal sealed class HouseGate(OwnerStore owners, UnitOfWork unitOfWork)
{
    private const string House = "house";

    /// <summary>Whether the owner is the one named house.</summary>
    public async Task<bool> IsHouseAsync(OwnerId owner, CancellationToken cancellationToken) =>
        (await owners.FindOwnerAsync(House, cancellationToken))?.Id == owner;

    /// <summary>The request, or what is wrong with it.</summary>
    public async Task<(LedgerRequest? Request, IResult? Problem)> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        Caller caller = context.Caller();
        if (!await IsHouseAsync(caller.Owner, cancellationToken))
            return (null, new Problem(ProblemCode.Forbidden, "The books are written by keys of the owner named house."));
        (string key, Problem? problem) = IdempotencyKey.Read(context.Request);
        if (problem is not null)
            return (null, problem);
        var query = new QueryReader(context.Request, "dry_run");
        string dryRun = query.Text("dry_run") ?? "false";
        if (dryRun is not ("true" or "false"))
            query.Refuse("dry_run", "invalid_dry_run", "dry_run is true or false.");
        if (query.Problem is not null)
            return (null, query.Problem);
        (JsonElement body, problem) = await RequestBody.ReadAsync(context.Request, cancellationToken);
        return problem is null
            ? (new LedgerRequest(body, context.Request.Path, key, caller.Owner, caller.Actor, dryRun == "true"), null)
            : (null, problem);
    }

    /// <summary>Does it, and takes it back: the answer is what it would have been at this moment.</summary>
    public async Task<T> DryRunAsync<T>(Func<DbSession, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await unitOfWork.RunAsync<T>(
                async (session, token) => throw new TakenBackException(await work(session, token)), cancellationToken);
        }
        catch (TakenBackException taken)
        {
            return (T)taken.Answer!;
        }
    }

    /// <summary>Carries the answer out of the transaction that must not be committed.</summary>
    private sealed class TakenBackException(object? answer) : Exception
    {
        public object? Answer { get; } = answer;
    }
}

/// <summary>How refusals of the ledger are answered.</summary>
internal static class LedgerProblem
{
    /// <summary>The problem that a code means.</summary>
    public static Problem Of(LedgerCode code, string? detail) => code switch
    {
        LedgerCode.KeyReused => new Problem(ProblemCode.KeyReused, "The key was used with another body."),
        LedgerCode.Malformed => new Problem(ProblemCode.InvalidRequest, detail ?? "The request is not valid."),
        _ => new Problem(ProblemCode.Refused(EnumText.Of(code)), detail ?? $"The books refuse: {EnumText.Of(code)}."),
    };
}
