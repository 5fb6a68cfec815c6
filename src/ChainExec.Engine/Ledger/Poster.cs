using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>
/// The door for postings that stand alone. What arrives while a batch runs goes into the next one, without a fixed wait: alone a posting
/// goes at once, under load the cost of a commit and of a hot account's lock is shared. Answers come in the order of arrival, one per
/// posting; refusals are answers, and are kept under their keys. Safe for concurrent use.
/// </summary>
internal sealed class Poster(LedgerStore store, UnitOfWork unitOfWork)
{
    /// <summary>Postings in one database transaction at most; keeps it well below a second.</summary>
    public const int BatchSizeMax = 500;

    /// <summary>Postings that may wait at once; more are turned away.</summary>
    public const int WaitingMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<Request> _waiting = new();
    private int _waitingPostings;
    private bool _isPumping;

    /// <summary>Posts one transaction.</summary>
    /// <param name="posting">Not linked to another.</param>
    /// <param name="cancellationToken">Ends the wait; the posting may happen all the same: its key tells.</param>
    /// <exception cref="PosterBusyException">Too many are waiting.</exception>
    public async Task<PostingOutcome> PostAsync(Posting posting, CancellationToken cancellationToken) =>
        (await PostAsync([posting], cancellationToken))[0];

    /// <summary>Posts transactions in this order, in one database transaction; each has its own outcome.</summary>
    /// <param name="postings">1 to 500.</param>
    /// <param name="cancellationToken">Ends the wait; the postings may happen all the same: their keys tell.</param>
    /// <exception cref="PosterBusyException">Too many are waiting.</exception>
    /// <exception cref="ArgumentException">
    /// The last one is linked to a next, or one has no key, no lines or a line without an account.
    /// </exception>
    public Task<IReadOnlyList<PostingOutcome>> PostAsync(IReadOnlyList<Posting> postings, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(postings.Count, Math.Clamp(postings.Count, 1, BatchSizeMax));
        // It would be linked to another caller's.
        if (postings[^1].IsLinkedToNext)
            throw new ArgumentException("The last posting is linked to none.", nameof(postings));
        // What the pump reads to put a batch together must be there: nothing that one caller sent may stop it for all.
        if (postings.Any(posting => posting?.Key is null || posting.Lines?.All(line => line.Account?.Code is not null) is not true))
            throw new ArgumentException("A posting has a key, and lines with accounts.", nameof(postings));
        var request = new Request(postings);
        lock (_gate)
        {
            if (_waitingPostings + postings.Count > WaitingMax)
                throw new PosterBusyException();
            _waiting.Enqueue(request);
            _waitingPostings += postings.Count;
            if (!_isPumping)
            {
                _isPumping = true;
                _ = PumpAsync();
            }
        }

        return request.Answer.Task.WaitAsync(cancellationToken);
    }

    // Runs while there is something to post, and ends by itself: no thread, timer or delay when nobody asks.
    private async Task PumpAsync()
    {
        await Task.Yield();
        while (TakeBatch() is { Count: > 0 } batch)
            await PostBatchAsync(batch);
    }

    private List<Request> TakeBatch()
    {
        var batch = new List<Request>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var originals = new HashSet<LedgerTransactionId>();
        var meanings = new Dictionary<string, AccountSpec>(StringComparer.Ordinal);
        int size = 0;
        lock (_gate)
        {
            while (_waiting.TryPeek(out Request? next) && size + next.Postings.Count <= BatchSizeMax
                && (batch.Count == 0 || Fits(next, keys, originals, meanings)))
            {
                batch.Add(_waiting.Dequeue());
                size += next.Postings.Count;
                foreach (Posting posting in next.Postings)
                {
                    keys.Add(posting.Key);
                    if (posting.Reverses is { } original)
                        originals.Add(original);
                    foreach (PostingLine line in posting.Lines)
                        meanings.TryAdd(line.Account.Code, line.Account);
                }
            }

            _waitingPostings -= size;
            _isPumping = batch.Count > 0;
        }

        return batch;
    }

    // A key, an original or an account's other meaning that is in the batch already waits for the next: it is judged by what this one did.
    private static bool Fits(
        Request request, HashSet<string> keys, HashSet<LedgerTransactionId> originals, Dictionary<string, AccountSpec> meanings) =>
        request.Postings.All(posting =>
            !keys.Contains(posting.Key)
            && !(posting.Reverses is { } original && originals.Contains(original))
            && posting.Lines.All(line => !meanings.TryGetValue(line.Account.Code, out AccountSpec? known) || known == line.Account));

    private async Task PostBatchAsync(List<Request> batch)
    {
        try
        {
            IReadOnlyList<PostingOutcome> outcomes = await RunAsync([.. batch.SelectMany(request => request.Postings)]);
            int first = 0;
            foreach (Request request in batch)
            {
                IEnumerable<PostingOutcome> own = outcomes.Skip(first).Take(request.Postings.Count);
                request.Answer.TrySetResult([.. own.Select(outcome => Shift(outcome, first))]);
                first += request.Postings.Count;
            }
        }
        catch (Exception exception)
        {
            // The callers' to handle. Unless the database is away, one of them was no posting at all: each alone, for the others must not
            // suffer for it.
            bool isSplit = batch.Count > 1 && !UnitOfWork.IsDatabaseFault(exception);
            foreach (Request request in batch)
            {
                if (isSplit)
                    await PostBatchAsync([request]);
                else
                    request.Answer.TrySetException(exception);
            }
        }
    }

    // An unknown COMMIT is resolved by posting again: what is there answers as it did.
    private Task<IReadOnlyList<PostingOutcome>> RunAsync(IReadOnlyList<Posting> postings) =>
        unitOfWork.RunAsync(
            (session, token) => store.PostInTransactionAsync(session, postings, freeze: true, token),
            async (session, token) => (true, await store.PostInTransactionAsync(session, postings, freeze: true, token)),
            // Whoever stopped waiting does not take back what others wait for.
            CancellationToken.None);

    private static PostingOutcome Shift(PostingOutcome outcome, int first) =>
        outcome.Culprit is { } culprit ? outcome with { Culprit = culprit - first } : outcome;

    private sealed record Request(IReadOnlyList<Posting> Postings)
    {
        // Answers run on the pool, not on the pump.
        public TaskCompletionSource<IReadOnlyList<PostingOutcome>> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>More postings wait than may; nothing was stored, and trying again later is right.</summary>
internal sealed class PosterBusyException() : Exception($"More than {Poster.WaitingMax} postings are waiting.");
