using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChainExec.Admission;

/// <summary>
/// Admits intents: key, account, call, hold, intent and fact in one database transaction, or nothing at all. No I/O besides the database;
/// a refusal stores nothing and does not burn the key. What is refused, and why, is <see cref="AdmissionChecks"/>.
/// </summary>
internal sealed partial class AdmissionService(
    IntentRequestReader reader, AdmissionChecks checks, AdmissionBatch together, RequestStore requests, JournalSync journal,
    UnitOfWork unitOfWork, TimeProvider clock, ILogger<AdmissionService> logger)
{
    private const int ComparisonsMax = 3;

    /// <param name="render">Makes the answer's body of what was admitted; it is stored and replayed word for word.</param>
    public async Task<SubmitResult> SubmitAsync(
        Caller caller, string idempotencyKey, JsonElement body, Func<Intent, IReadOnlyList<BlockchainCall>, string> render,
        CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        IntentRequest? request = reader.Read(body, errors);
        var submission = new Submission(caller, idempotencyKey, CanonicalJson.Hash(body), request, errors, render);
        SubmitResult result = await together.SubmitAsync(submission, cancellationToken)
            ?? await SubmitAloneAsync(submission, cancellationToken);
        if (result is SubmitResult.Accepted { Replayed: false })
            Boundary.Passed(Boundary.AdmissionCommitted);
        return result;
    }

    // Nothing but the database is asked, until a pool is drawn from whose senders were not compared with the signer's journal yet.
    private async Task<SubmitResult> SubmitAloneAsync(Submission submission, CancellationToken cancellationToken)
    {
        for (int tried = 1; ; tried++)
        {
            try
            {
                return await TrySubmitAsync(submission, cancellationToken);
            }
            catch (SenderPool.UncomparedException uncompared)
            {
                if (tried == ComparisonsMax || !await CompareAsync(uncompared.Pool, cancellationToken))
                    return new SubmitResult.Uncompared();
            }
        }
    }

    private async Task<bool> CompareAsync(IReadOnlyList<CustodyAccount> pool, CancellationToken cancellationToken)
    {
        try
        {
            foreach (CustodyAccount one in pool)
                await journal.EnsureCurrentAsync(one.Chain, one.Address, cancellationToken);
            return true;
        }
        catch (SignerUnavailableException exception)
        {
            LogUncompared(exception.Message);
            return false;
        }
    }

    private async Task<SubmitResult> TrySubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        (Caller caller, string key, byte[] hash, _, _, _) = submission;
        try
        {
            return await unitOfWork.RunAsync(
                (session, token) => AdmitAsync(session, submission, token),
                (session, token) => ProbeAsync(session, caller, key, hash, token),
                cancellationToken);
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

    private async Task<SubmitResult> AdmitAsync(DbSession session, Submission submission, CancellationToken cancellationToken)
    {
        (Caller caller, string key, byte[] hash, IntentRequest? request, IReadOnlyList<FieldError> errors, _) = submission;
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

        return together.Store(session, submission, candidate);
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

    [LoggerMessage(
        EventId = 2502, Level = LogLevel.Warning,
        Message = "A pool is not drawn from: its senders cannot be compared with the signer's journal ({Reason})")]
    private partial void LogUncompared(string reason);

    /// <summary>Rolls the transaction back with an answer: a refusal leaves nothing behind.</summary>
    private sealed class NotAdmittedException(SubmitResult result) : Exception
    {
        public SubmitResult Result { get; } = result;
    }
}

/// <summary>A request as it came, with what its form is found to be.</summary>
/// <param name="Request">What it asks; nothing when fields are wrong.</param>
/// <param name="Render">Makes the answer's body of what was admitted.</param>
internal sealed record Submission(
    Caller Caller, string Key, byte[] Hash, IntentRequest? Request, IReadOnlyList<FieldError> Errors,
    Func<Intent, IReadOnlyList<BlockchainCall>, string> Render);
