using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Admission;

/// <summary>
/// Admits intents: key, account, call, hold, intent and fact in one database transaction, or nothing at all. No I/O besides the database;
/// a refusal stores nothing and does not burn the key. What is refused, and why, is <see cref="AdmissionChecks"/>.
/// </summary>
internal sealed class AdmissionService(
    IntentRequestReader reader, AdmissionChecks checks, RequestStore requests, CallStore calls, UnitOfWork unitOfWork, TimeProvider clock)
{
    /// <param name="render">Makes the answer's body of what was admitted; it is stored and replayed word for word.</param>
    public async Task<SubmitResult> SubmitAsync(
        Caller caller, string idempotencyKey, JsonElement body, Func<Intent, IReadOnlyList<BlockchainCall>, string> render,
        CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        IntentRequest? request = reader.Read(body, errors);
        byte[] hash = CanonicalJson.Hash(body);
        try
        {
            SubmitResult result = await unitOfWork.RunAsync(
                (session, token) => AdmitAsync(session, caller, idempotencyKey, hash, request, errors, render, token),
                (session, token) => ProbeAsync(session, caller, idempotencyKey, hash, token),
                cancellationToken);
            if (result is SubmitResult.Accepted { Replayed: false })
                Boundary.Passed(Boundary.AdmissionCommitted);
            return result;
        }
        catch (NotAdmittedException refusal)
        {
            return refusal.Result;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return new SubmitResult.StillRunning();
        }
    }

    private async Task<SubmitResult> AdmitAsync(
        DbSession session, Caller caller, string key, byte[] hash, IntentRequest? request, List<FieldError> errors,
        Func<Intent, IReadOnlyList<BlockchainCall>, string> render, CancellationToken cancellationToken)
    {
        Guid owner = caller.Owner.Value;
        await requests.LockKeyAsync(session, owner, key, cancellationToken);
        if (await requests.FindAsync(session, owner, key, cancellationToken) is { } before)
            return Replay(before, hash);
        if (request is null)
            return new SubmitResult.Invalid(errors);

        var candidate = new Candidate(session, new IntentId(Guid.CreateVersion7(clock.GetUtcNow())), caller, key, request);
        foreach (AdmissionCheck check in checks.All)
        {
            if (await check.RunAsync(candidate, cancellationToken) is { } objection)
                throw new NotAdmittedException(await AnswerAsync(candidate, check, objection, cancellationToken));
        }

        Intent intent = candidate.Intent!;
        BlockchainCall call = await InsertCallAsync(session, intent, request.Calls[0], candidate.Encoded, cancellationToken);
        string response = render(intent, [call]);
        requests.Insert(session, owner, key, hash, intent.Id, response);
        return new SubmitResult.Accepted(intent.Id, response, Replayed: false);
    }

    private async Task<SubmitResult> AnswerAsync(
        Candidate candidate, AdmissionCheck check, Objection objection, CancellationToken cancellationToken) => check.Answer switch
    {
        AdmissionAnswer.Invalid => new SubmitResult.Invalid([new FieldError(objection.Pointer, check.Code, objection.Detail)]),
        AdmissionAnswer.Refused => new SubmitResult.Refused(check.Code, objection.Detail, objection.Pointer),
        AdmissionAnswer.ReferenceUsed => new SubmitResult.ReferenceUsed(
            await requests.FindByFamilyAsync(
                candidate.Session, candidate.Owner, candidate.Request.ClientReference!, cancellationToken)),
        _ => throw new InvalidOperationException($"Unhandled {check.Answer}."),
    };

    private static SubmitResult Replay(AdmittedRequest before, byte[] hash) =>
        before.RequestHash.AsSpan().SequenceEqual(hash)
            ? new SubmitResult.Accepted(before.Intent, before.Response, Replayed: true)
            : new SubmitResult.KeyReused(before.Intent);

    private async Task<(bool Found, SubmitResult? Outcome)> ProbeAsync(
        DbSession session, Caller caller, string key, byte[] hash, CancellationToken cancellationToken)
    {
        await requests.LockKeyAsync(session, caller.Owner.Value, key, cancellationToken);
        AdmittedRequest? before = await requests.FindAsync(session, caller.Owner.Value, key, cancellationToken);
        return before is null ? (false, null) : (true, Replay(before, hash));
    }

    private async Task<BlockchainCall> InsertCallAsync(
        DbSession session, Intent intent, RequestedCall requested, EncodedCall encoded, CancellationToken cancellationToken)
    {
        var call = new BlockchainCall(
            new CallId(Guid.CreateVersion7(clock.GetUtcNow())), intent.Id.Value, Ordinal: 0, intent.Chain, requested.Type.Name,
            requested.Args,
            encoded.To, encoded.Value, encoded.Data, encoded.Expected, requested.Category, requested.Tags, requested.Context);
        await calls.InsertAsync(session, call, cancellationToken);
        return call;
    }

    /// <summary>Rolls the transaction back with an answer: a refusal leaves nothing behind.</summary>
    private sealed class NotAdmittedException(SubmitResult result) : Exception
    {
        public SubmitResult Result { get; } = result;
    }
}
