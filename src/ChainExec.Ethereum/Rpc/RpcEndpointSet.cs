namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Several providers of one chain as one. It asks those that do well, at the rate and size they were found to take, and says which of them
/// said what at which head. A provider is asked for its head before it is asked for a thing, so that one that lags cannot make absent what
/// it merely has not got yet; and what a minority says, lying or lagging, never turns unknown into absent. Behind one address there may be
/// many nodes of unequal progress: then even a provider's own head proves little, and the quorum does.
/// </summary>
public sealed class RpcEndpointSet
{
    private readonly RpcEndpoint[] _endpoints;
    private readonly string[] _names;
    private readonly int _majority;
    private readonly int _absenceQuorum;
    private readonly RpcEndpointSetOptions _options;
    private ulong _agreedHead;

    /// <summary>A set of one or more providers with different names, in order of preference.</summary>
    /// <param name="clients">The providers.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="remembered">What <see cref="Learned"/> answered before; providers that are not in the set are passed over.</param>
    /// <exception cref="ArgumentException">There is no provider, two have one name, or the quorum is none.</exception>
    public RpcEndpointSet(
        IReadOnlyList<RpcClient> clients, RpcEndpointSetOptions options, TimeProvider time, IReadOnlyList<RpcLearnedLimits> remembered)
    {
        ArgumentNullException.ThrowIfNull(clients);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(remembered);
        _names = [.. clients.Select(client => client.Name)];
        if (_names.Length == 0 || _names.Distinct(StringComparer.Ordinal).Count() != _names.Length)
        {
            throw new ArgumentException("A set has at least one provider, and each its own name.", nameof(clients));
        }

        _majority = _names.Length / 2 + 1;
        _absenceQuorum = options.AbsenceQuorum ?? _majority;
        if (_absenceQuorum < 1 || _absenceQuorum > _names.Length)
        {
            throw new ArgumentException($"The quorum of absence is 1 to {_names.Length}, not {_absenceQuorum}.", nameof(options));
        }

        _options = options;
        _endpoints = [.. clients.Select(client => new RpcEndpoint(client, options, time))];
        foreach (RpcLearnedLimits limits in remembered)
        {
            Array.Find(_endpoints, endpoint => endpoint.Name == limits.Provider)?.Remember(limits);
        }
    }

    /// <summary>The greatest height that more than half of the providers were seen to have reached; it never falls.</summary>
    public ulong AgreedHead => Interlocked.Read(ref _agreedHead);

    /// <summary>What was learned of the providers, to be kept and given to the next set.</summary>
    public IReadOnlyList<RpcLearnedLimits> Learned() => [.. _endpoints.Select(endpoint => endpoint.Learned())];

    /// <summary>How the providers do.</summary>
    public IReadOnlyList<RpcEndpointStatus> Status() => [.. _endpoints.Select(endpoint => endpoint.Status())];

    /// <summary>
    /// Asks anything whose answer may be null for "no such thing". <paramref name="ask"/> runs once for each provider that is asked, so it
    /// must be a question; state is to be asked at a block by its hash, or providers at different heads contradict each other.
    /// </summary>
    /// <param name="ask">The question.</param>
    /// <param name="mode">How many must say so.</param>
    /// <param name="comparer">When two say the same; see <see cref="RpcEquality"/>.</param>
    /// <param name="atLeast">The height that a provider must have reached for its "no such thing" to count; 0 when any will do that has
    /// reached <see cref="AgreedHead"/>.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<RpcFinding<T>> ReadAsync<T>(
        Func<RpcClient, CancellationToken, Task<T?>> ask,
        RpcReadMode mode,
        IEqualityComparer<T> comparer,
        ulong atLeast,
        CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(ask);
        ArgumentNullException.ThrowIfNull(comparer);
        return ReadAsync((endpoint, token) => endpoint.AskAsync(ask, token), mode, comparer, atLeast, mustReach: 0, cancellationToken);
    }

    /// <summary>The receipt of a transaction; absent when it is in no block.</summary>
    public Task<RpcFinding<RpcReceipt>> ReadReceiptAsync(
        Hash32 transactionHash, RpcReadMode mode, ulong atLeast, CancellationToken cancellationToken) => ReadAsync(
            (client, token) => client.GetTransactionReceiptAsync(transactionHash, token),
            mode, RpcEquality.Receipts, atLeast, cancellationToken);

    /// <summary>A block by hash or number, its transactions as hashes.</summary>
    public Task<RpcFinding<RpcBlock>> ReadBlockAsync(
        BlockTag tag, RpcReadMode mode, ulong atLeast, CancellationToken cancellationToken) => ReadAsync(
            (client, token) => client.GetBlockAsync(tag, fullTransactions: false, token),
            mode, RpcEquality.Blocks, atLeast, cancellationToken);

    /// <summary>
    /// The logs of a range of heights, asked in pieces that each provider takes. Never absent: no logs are an empty list, and only
    /// providers that have reached <paramref name="to"/> are asked, because one behind it answers less than there is.
    /// </summary>
    /// <param name="filter">Contracts and topics; its own block and range are not used.</param>
    /// <param name="from">The first height.</param>
    /// <param name="to">The last height, at most the head.</param>
    /// <param name="mode">How many must say so.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public Task<RpcFinding<IReadOnlyList<RpcLog>>> ReadLogsAsync(
        RpcLogFilter filter, ulong from, ulong to, RpcReadMode mode, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        return ReadAsync(
            async (endpoint, token) => await LogRangeReader.ReadAsync(endpoint, filter, from, to, token).ConfigureAwait(false),
            mode, RpcEquality.Logs, atLeast: to, mustReach: to, cancellationToken);
    }

    private Task<RpcFinding<T>> ReadAsync<T>(
        Func<RpcEndpoint, CancellationToken, Task<RpcOutcome<T?>>> ask,
        RpcReadMode mode,
        IEqualityComparer<T> comparer,
        ulong atLeast,
        ulong mustReach,
        CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(mode);
        var reading = new RpcReading<T>(_names, _absenceQuorum, comparer);
        return mode is RpcQuorum quorum
            ? ReadQuorumAsync(reading, ask, CheckedQuorum(quorum), atLeast, mustReach, cancellationToken)
            : ReadFreshestAsync(reading, ask, atLeast, mustReach, cancellationToken);
    }

    private async Task<RpcFinding<T>> ReadQuorumAsync<T>(
        RpcReading<T> reading,
        Func<RpcEndpoint, CancellationToken, Task<RpcOutcome<T?>>> ask,
        int quorum,
        ulong atLeast,
        ulong mustReach,
        CancellationToken cancellationToken)
        where T : class
    {
        // Everybody at once; who is still under way when the others have decided is given up.
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<Answer<T>>> asked =
            [.. Usable(Math.Max(quorum, _absenceQuorum)).Select(index => AskOneAsync(index, ask, mustReach, decided.Token))];
        reading.Open = asked.Count;
        var heads = new List<ulong>();
        RpcFound<T>? found = null;
        try
        {
            await foreach (Task<Answer<T>> next in Task.WhenEach(asked).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                Answer<T> answer = await next.ConfigureAwait(false);
                reading.Open--;
                Note(reading, answer, heads);
                found = reading.FoundBy(quorum, required: 0);
                if (found is not null)
                {
                    break;
                }
            }
        }
        finally
        {
            await decided.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        ulong required = Math.Max(atLeast, Agree(heads));
        return found ?? reading.FoundBy(quorum, required) ?? reading.Rest(quorum, required);
    }

    private async Task<RpcFinding<T>> ReadFreshestAsync<T>(
        RpcReading<T> reading,
        Func<RpcEndpoint, CancellationToken, Task<RpcOutcome<T?>>> ask,
        ulong atLeast,
        ulong mustReach,
        CancellationToken cancellationToken)
        where T : class
    {
        List<int> usable = Usable(_absenceQuorum);
        RpcOutcome<RpcHead>[] heads = await Task.WhenAll(usable.Select(index => _endpoints[index].AskHeadAsync(cancellationToken)))
            .ConfigureAwait(false);
        ulong agreed = Agree([.. heads.Where(head => head.Value is not null).Select(head => head.Value!.Number)]);
        var reached = new List<(int Index, RpcHead Head)>();
        for (int i = 0; i < heads.Length; i++)
        {
            if (heads[i].Value is { } head)
            {
                reached.Add((usable[i], head));
            }
            else
            {
                reading.Failed(usable[i], null, heads[i].Error!);
            }
        }

        // A head far beyond what most have reached is more likely a lie than news, so it is believed last.
        bool denied = false;
        foreach ((int index, RpcHead head) in reached
            .OrderBy(item => agreed > 0 && item.Head.Number > agreed + _options.HeadLeadMax)
            .ThenByDescending(item => item.Head.Number))
        {
            Answer<T> answer = head.Number < mustReach
                ? new Answer<T>(index, head, default, null, IsBehind: true)
                : ToAnswer(index, head, await ask(_endpoints[index], cancellationToken).ConfigureAwait(false));
            Note(reading, answer, []);
            if (answer.Value is not null && !denied)
            {
                return reading.FoundAt(index);
            }

            denied |= answer.IsNothing;
            if (answer.Value is not null)
            {
                // A fresher provider has nothing where this one has something: whom to believe is not for us to say.
                break;
            }
        }

        return reading.Rest(1, Math.Max(atLeast, agreed));
    }

    private async Task<Answer<T>> AskOneAsync<T>(
        int index, Func<RpcEndpoint, CancellationToken, Task<RpcOutcome<T?>>> ask, ulong mustReach, CancellationToken cancellationToken)
        where T : class
    {
        RpcOutcome<RpcHead> head = await _endpoints[index].AskHeadAsync(cancellationToken).ConfigureAwait(false);
        return head.Value is not { } reached ? new Answer<T>(index, null, default, head.Error, IsBehind: false)
            : reached.Number < mustReach ? new Answer<T>(index, reached, default, null, IsBehind: true)
            : ToAnswer(index, reached, await ask(_endpoints[index], cancellationToken).ConfigureAwait(false));
    }

    private static Answer<T> ToAnswer<T>(int index, RpcHead head, RpcOutcome<T?> outcome)
        where T : class => new(index, head, outcome.Value, outcome.Error, IsBehind: false);

    private static void Note<T>(RpcReading<T> reading, Answer<T> answer, List<ulong> heads)
        where T : class
    {
        if (answer.Head is { } head)
        {
            heads.Add(head.Number);
        }

        if (answer.Error is not null)
        {
            reading.Failed(answer.Index, answer.Head, answer.Error);
        }
        else if (answer.IsBehind)
        {
            reading.Behind(answer.Index, answer.Head!);
        }
        else if (answer.Value is not null)
        {
            reading.Value(answer.Index, answer.Head!, answer.Value);
        }
        else
        {
            reading.Nothing(answer.Index, answer.Head!);
        }
    }

    // The well ones; when they are too few to decide anything, the sick as well.
    private List<int> Usable(int needed)
    {
        List<int> well = [.. Enumerable.Range(0, _endpoints.Length).Where(index => _endpoints[index].MayAsk())];
        return well.Count >= needed ? well : [.. Enumerable.Range(0, _endpoints.Length)];
    }

    // The height that a majority has reached now, or had before: one provider can neither raise nor lower it.
    private ulong Agree(List<ulong> heads)
    {
        ulong now = heads.Count >= _majority ? heads.OrderDescending().ElementAt(_majority - 1) : 0;
        ulong before = Interlocked.Read(ref _agreedHead);
        while (now > before)
        {
            ulong seen = Interlocked.CompareExchange(ref _agreedHead, now, before);
            before = seen == before ? now : seen;
        }

        return before;
    }

    private int CheckedQuorum(RpcQuorum quorum) => quorum.Count >= 1 && quorum.Count <= _endpoints.Length
        ? quorum.Count
        : throw new ArgumentException($"A quorum is 1 to {_endpoints.Length} providers, not {quorum.Count}.", nameof(quorum));

    /// <summary>What one provider answered.</summary>
    private sealed record Answer<T>(int Index, RpcHead? Head, T? Value, RpcException? Error, bool IsBehind)
        where T : class
    {
        public bool IsNothing => Error is null && !IsBehind && Value is null;
    }
}
