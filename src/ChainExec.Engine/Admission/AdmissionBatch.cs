using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Admission;

/// <summary>
/// Admits requests that came while others were being admitted, together in one database transaction: each account of the books is locked
/// and each commit is waited for once. No fixed wait: one that comes alone is a batch of one. Only what every check lets pass is admitted
/// here; for all else the one-by-one way gives the answer, and so it does when anything of a batch fails.
/// </summary>
internal sealed partial class AdmissionBatch(
    AdmissionChecks checks, RequestStore requests, AccountStore accounts, AssetStore assets, FreezeStore freezes, LedgerStore ledger,
    IntentStore intents, CallStore calls, UnitOfWork unitOfWork, TimeProvider clock, ILogger<AdmissionBatch> logger)
{
    /// <summary>Requests in one transaction at most; keeps it well below a second.</summary>
    private const int BatchSizeMax = 64;

    /// <summary>Requests that may wait at once; those above go alone.</summary>
    private const int WaitingMax = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _isPumping;

    /// <summary>The answer of a request that was admitted with others, or nothing: then it is to go alone.</summary>
    /// <param name="submission">The request.</param>
    /// <param name="cancellationToken">Ends the wait; the request may be admitted all the same: its key tells.</param>
    public Task<SubmitResult?> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        if (submission.Request is not { After.Count: 0, Calls.Count: 1 })
            return Task.FromResult<SubmitResult?>(null);
        var waiting = new Waiting(submission);
        lock (_gate)
        {
            if (_waiting.Count >= WaitingMax)
                return Task.FromResult<SubmitResult?>(null);
            _waiting.Enqueue(waiting);
            if (!_isPumping)
            {
                _isPumping = true;
                _ = PumpAsync();
            }
        }

        return waiting.Answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what an admitted request leaves besides its intent, and answers it.</summary>
    public SubmitResult.Accepted Store(DbSession session, Submission submission, Candidate candidate)
    {
        Intent intent = candidate.Intent!;
        BlockchainCall[] made =
        [
            .. candidate.Request.Calls.Zip(candidate.Encoded, (requested, encoded) => (requested, encoded)).Select((each, ordinal) =>
                new BlockchainCall(
                    new CallId(NewId()), intent.Id.Value, ordinal, intent.Chain, each.requested.Type.Name, each.requested.Args,
                    each.encoded.To, each.encoded.Value, each.encoded.Data, each.encoded.Expected, each.requested.Category,
                    each.requested.Tags, each.requested.Context)),
        ];
        foreach (BlockchainCall call in made)
            calls.Insert(session, call);
        string response = submission.Render(intent, made);
        requests.Insert(session, candidate.Owner, candidate.Key, submission.Hash, intent.Id, response);
        session.WakeWorkersAfterCommit();
        return new SubmitResult.Accepted(intent.Id, response, Replayed: false);
    }

    // Runs while there is something to admit, and ends by itself: no thread, timer or delay when nobody asks.
    private async Task PumpAsync()
    {
        await Task.Yield();
        while (Take() is { Count: > 0 } batch)
        {
            IReadOnlyDictionary<Submission, SubmitResult.Accepted> admitted = await TryAdmitAsync(
                [.. batch.Select(waiting => waiting.Submission)]);
            foreach (Waiting waiting in batch)
                waiting.Answer.TrySetResult(admitted.GetValueOrDefault(waiting.Submission));
        }
    }

    private List<Waiting> Take()
    {
        var batch = new List<Waiting>();
        lock (_gate)
        {
            while (batch.Count < BatchSizeMax && _waiting.TryDequeue(out Waiting? next))
                batch.Add(next);
            _isPumping = batch.Count > 0;
        }

        return batch;
    }

    private async Task<IReadOnlyDictionary<Submission, SubmitResult.Accepted>> TryAdmitAsync(IReadOnlyList<Submission> batch)
    {
        try
        {
            // Whoever stopped waiting does not take back what others wait for.
            return await unitOfWork.RunAsync((session, token) => AdmitAsync(session, batch, token), CancellationToken.None);
        }
        catch (Exception exception)
        {
            // Nothing is known to be admitted. Each goes alone, and finds by its key what a lost commit did.
            LogApart(batch.Count, exception);
            return new Dictionary<Submission, SubmitResult.Accepted>();
        }
    }

    private async Task<IReadOnlyDictionary<Submission, SubmitResult.Accepted>> AdmitAsync(
        DbSession session, IReadOnlyList<Submission> batch, CancellationToken cancellationToken)
    {
        Submission[] distinct = [.. batch.DistinctBy(each => (each.Caller.Owner.Value, each.Key))];
        IReadOnlySet<(Guid, string)> used = await requests.LockKeysAsync(
            session, [.. distinct.Select(each => (each.Caller.Owner.Value, each.Key))], cancellationToken);
        List<(Submission Submission, Candidate Candidate)> passing =
        [
            .. distinct.Where(each => !used.Contains((each.Caller.Owner.Value, each.Key)))
                .Select(each => (each, new Candidate(session, new IntentId(NewId()), each.Caller, each.Key, each.Request!))),
        ];
        passing = await WithAccountsAsync(session, passing, cancellationToken);
        passing = await WithoutFrozenAsync(session, passing, cancellationToken);
        passing = await WithFreeNamesAsync(session, passing, cancellationToken);
        passing = await WithHoldsAsync(session, passing, cancellationToken);
        if (passing.Count == 0)
            return new Dictionary<Submission, SubmitResult.Accepted>();
        foreach ((_, Candidate candidate) in passing)
            candidate.Intent = checks.IntentOf(candidate);
        await intents.InsertManyAsync(session, [.. passing.Select(each => each.Candidate.Intent!)], cancellationToken);
        return passing.ToDictionary(each => each.Submission, each => Store(session, each.Submission, each.Candidate));
    }

    private async Task<List<(Submission, Candidate Candidate)>> WithAccountsAsync(
        DbSession session, List<(Submission Submission, Candidate Candidate)> passing, CancellationToken cancellationToken)
    {
        IReadOnlyList<CustodyAccount> known = await accounts.FindManyAsync(
            session,
            [
                .. passing.Select(each => each.Candidate.Request).Where(request => request.Account.Address is not null)
                    .Select(request => (request.Chain.Id, request.Account.Address!.Value)).Distinct(),
            ],
            [.. passing.Select(each => each.Candidate.Request.Account.Id).OfType<Guid>().Distinct()],
            cancellationToken);
        var listed = new Dictionary<long, AssetSnapshot>();
        foreach (long chain in passing.Select(each => each.Candidate.Request.Chain.Id).Distinct())
            listed[chain] = await assets.SnapshotAsync(session, chain, cancellationToken);
        return
        [
            .. passing.Where(each =>
            {
                Candidate candidate = each.Candidate;
                IntentRequest request = candidate.Request;
                CustodyAccount? account = known.FirstOrDefault(one =>
                    one.Chain == request.Chain.Id && one.Owner == candidate.Owner
                    && (request.Account.Address is { } address ? one.Address == address : one.Id.Value == request.Account.Id));
                // A pool is drawn from by one at a time, and who is in one is seen by who draws.
                if (account is null or { HasPool: true } or { PoolOf: not null })
                    return false;
                candidate.Account = account;
                candidate.Registry = listed[request.Chain.Id];
                return request.Calls[0].Type.Signature is null
                    ? candidate.Registry.Native is not null
                    : candidate.Registry.Token(candidate.Encoded[0].To) is not null;
            }),
        ];
    }

    private async Task<List<(Submission, Candidate Candidate)>> WithoutFrozenAsync(
        DbSession session, List<(Submission, Candidate Candidate)> passing, CancellationToken cancellationToken)
    {
        if (!await freezes.IsAnyAsync(session, cancellationToken))
            return passing;
        IReadOnlyList<Freeze?> found = await freezes.FindManyAsync(
            session, [.. passing.Select(each => AdmissionChecks.QuestionOf(each.Candidate))], cancellationToken);
        return [.. passing.Zip(found).Where(each => each.Second is not { IsHalt: false }).Select(each => each.First)];
    }

    private async Task<List<(Submission, Candidate Candidate)>> WithFreeNamesAsync(
        DbSession session, List<(Submission, Candidate Candidate)> passing, CancellationToken cancellationToken)
    {
        IReadOnlySet<string> taken = await intents.TakenFamiliesAsync(
            session, [.. passing.Select(each => each.Candidate.FamilyKey)], cancellationToken);
        return
        [
            .. passing.Where(each => !taken.Contains(each.Candidate.FamilyKey)).DistinctBy(each => each.Candidate.FamilyKey),
        ];
    }

    // Last of all, as a posting would be: whoever needs the account waits no longer than for the commit.
    private async Task<List<(Submission, Candidate Candidate)>> WithHoldsAsync(
        DbSession session, List<(Submission, Candidate Candidate)> passing, CancellationToken cancellationToken)
    {
        var asked = new Dictionary<Candidate, HoldRequest>();
        foreach ((_, Candidate candidate) in passing)
        {
            if (candidate.Spent is not { } spent)
                continue;
            if (checks.ClaimOn(candidate, spent) is { } claim)
                asked[candidate] = new HoldRequest(new HoldId(NewId()), claim.Code, spent.Amount) { BoundTo = candidate.Work };
        }

        IReadOnlySet<HoldId> placed = await ledger.PlaceHoldsAsync(session, [.. asked.Values], cancellationToken);
        return
        [
            .. passing.Where(each =>
            {
                if (each.Candidate.Spent is null)
                    return true;
                if (!asked.TryGetValue(each.Candidate, out HoldRequest? hold) || !placed.Contains(hold.Id))
                    return false;
                each.Candidate.Hold = hold.Id.Value;
                return true;
            }),
        ];
    }

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());

    [LoggerMessage(
        EventId = 2501, Level = LogLevel.Warning, Message = "{Requests} requests could not be admitted together; each goes alone")]
    private partial void LogApart(int requests, Exception exception);

    private sealed record Waiting(Submission Submission)
    {
        // Answers run on the pool, not on the pump.
        public TaskCompletionSource<SubmitResult?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
