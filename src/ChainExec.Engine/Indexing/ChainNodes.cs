using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;

namespace ChainExec.Indexing;

/// <summary>A block that as many providers as the chain's profile demands have at one height, with one header.</summary>
/// <param name="Header">The header that all of them gave, with the hashes of its transactions.</param>
/// <param name="Providers">Those who said so; its content is read from them, by hash.</param>
/// <param name="Contradicting">Those who gave another block there, or another header under its hash, and the hash that each gave.</param>
internal sealed record AgreedBlock(
    BlockRef Ref, RpcBlock Header, DateTimeOffset Time, IReadOnlyList<ChainProvider> Providers,
    IReadOnlyList<(ChainProvider Provider, Hash32 Hash)> Contradicting)
{
    /// <summary>The block before it.</summary>
    public Hash32 ParentHash => Header.ParentHash;
}

/// <summary>
/// The providers of one chain as one witness. What counts is what at least k of them say, and only while no other k say something else:
/// one provider of several can neither advance nor halt a chain. Those that are quarantined have no vote on what is appended and on what
/// is final. Against what we hold they still testify, or a conflict with a final block could stay unseen.
/// </summary>
/// <param name="quarantined">The names of those who contradicted a final block.</param>
internal sealed class ChainNodes(
    ChainProfile profile, Func<CancellationToken, Task<IReadOnlySet<string>>> quarantined, TimeProvider clock)
{
    // As soon as enough have answered, so long the others are waited for: a provider that hangs costs this much, not its timeout.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private static readonly IReadOnlyDictionary<string, RpcBlock> NothingKnown = new Dictionary<string, RpcBlock>();
    private static readonly IReadOnlySet<string> NobodyLeftOut = new HashSet<string>();

    // The last second of the year 9999; a header beyond it is refused when the block is read.
    internal const ulong TimestampMax = 253_402_300_799;

    public ChainProfile Profile { get; } = profile;

    /// <summary>Asks every provider for its head: the beginning of a turn. Those without a vote too, so that people see them.</summary>
    public async Task<TurnAnswers> ReadHeadsAsync(CancellationToken cancellationToken)
    {
        IReadOnlySet<string> leftOut = await quarantined(cancellationToken);
        IReadOnlyList<Answer> answers = await AskAsync(
            Profile.Providers, leftOut, (client, token) => client.GetBlockAsync(BlockTag.Latest, fullTransactions: false, token),
            cancellationToken);
        var turn = new TurnAnswers(
            answers,
            TurnAnswers.ReachedBy(Profile.FinalityQuorum, [.. answers.Where(answer => !leftOut.Contains(answer.Provider.Name))]));
        foreach (Answer answer in answers)
            turn.Remember(answer);
        return turn;
    }

    /// <summary>The highest height at which enough providers hold their block final; nothing when too few answer.</summary>
    public async Task<long?> FinalHeightAsync(TurnAnswers turn, CancellationToken cancellationToken)
    {
        if (Profile.FinalityMode == FinalityMode.Depth)
            return turn.Head - Profile.FinalityDepth;
        if (turn.Final is { } known)
            return known;
        IReadOnlyList<Answer> answers = await AskBelievedAsync(
            (client, token) => client.GetBlockAsync(BlockTag.Finalized, fullTransactions: false, token), cancellationToken);
        foreach (Answer answer in answers)
            turn.Remember(answer);
        return turn.Final = TurnAnswers.ReachedBy(Profile.FinalityQuorum, answers);
    }

    /// <summary>The highest height that enough providers call safe; nothing where the chain has no such tag.</summary>
    public async Task<long?> SafeHeightAsync(CancellationToken cancellationToken) => Profile.FinalityMode == FinalityMode.Depth
        ? null
        : TurnAnswers.ReachedBy(
            Profile.FinalityQuorum,
            await AskBelievedAsync(
                (client, token) => client.GetBlockAsync(BlockTag.Safe, fullTransactions: false, token), cancellationToken));

    /// <summary>
    /// The block that enough providers have at a height; nothing when too few have one there, or when they are split. What a provider
    /// already said in this turn is not asked again.
    /// </summary>
    public async Task<AgreedBlock?> AgreedAsync(long number, TurnAnswers turn, CancellationToken cancellationToken) =>
        await AgreedAsync(number, turn.At(number), await quarantined(cancellationToken), cancellationToken);

    /// <summary>Asks anew: for decisions that are not taken back.</summary>
    public async Task<AgreedBlock?> AgreedNowAsync(long number, CancellationToken cancellationToken) =>
        await AgreedAsync(number, NothingKnown, await quarantined(cancellationToken), cancellationToken);

    /// <summary>What enough providers say against what we hold; who is quarantined counts too.</summary>
    public Task<AgreedBlock?> TestifiedAsync(long number, TurnAnswers turn, CancellationToken cancellationToken) =>
        AgreedAsync(number, turn.At(number), NobodyLeftOut, cancellationToken);

    /// <summary>The same, asked anew.</summary>
    public Task<AgreedBlock?> TestifiedNowAsync(long number, CancellationToken cancellationToken) =>
        AgreedAsync(number, NothingKnown, NobodyLeftOut, cancellationToken);

    /// <summary>
    /// Whether anybody who has a vote is among those who say so. Those without one testify, and decide nothing among themselves.
    /// </summary>
    public async Task<bool> IsBelievedAsync(AgreedBlock testified, CancellationToken cancellationToken)
    {
        IReadOnlySet<string> leftOut = await quarantined(cancellationToken);
        return testified.Providers.Any(provider => !leftOut.Contains(provider.Name));
    }

    /// <summary>Asks one provider, whether it is believed or not and however quick others are; nothing when it is too late.</summary>
    public async Task<Answer?> AskOneAsync(string provider, long number, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (Profile.Providers.FirstOrDefault(one => one.Name == provider) is not { } asked)
            return null;
        using var late = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await AskAsync(
                asked, (client, token) => client.GetBlockAsync((ulong)number, fullTransactions: false, token), either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Asks everybody at once which chain it serves.</summary>
    public Task<IReadOnlyList<ToldChainId>> ChainIdsAsync(CancellationToken cancellationToken) => GatherAsync(
        Profile.Providers,
        async (provider, token) =>
        {
            try
            {
                return new ToldChainId(provider, await provider.Client.ChainIdAsync(token), Error: null);
            }
            catch (RpcException exception)
            {
                return new ToldChainId(provider, Id: null, exception);
            }
        },
        (provider, late) => new ToldChainId(provider, Id: null, late),
        told => told.Count(one => one.Id == (ulong)Profile.Id) >= Profile.FinalityQuorum,
        cancellationToken);

    /// <summary>What is wrong with a block that is to prove itself.</summary>
    public static string NotProved(RpcBlock block) => block.Proof == RpcBlockProof.None
        ? $"the fields of its header do not make up the hash {block.Hash} of block {block.Number}, or the chain's headers have a form of "
            + "their own (HeaderProof)"
        : $"the transactions of block {block.Number} ({block.Hash}) do not make up its header's root, or some have a form of their own "
            + "(HeaderProof)";

    private async Task<AgreedBlock?> AgreedAsync(
        long number, IReadOnlyDictionary<string, RpcBlock> known, IReadOnlySet<string> leftOut, CancellationToken cancellationToken)
    {
        IReadOnlyList<Answer> given = await GatherAsync(
            Without(leftOut),
            (provider, token) => known.TryGetValue(provider.Name, out RpcBlock? block)
                ? Task.FromResult(new Answer(provider, block, Error: null))
                : AskAsync(provider, (client, later) => client.GetBlockAsync((ulong)number, fullTransactions: false, later), token),
            TooLate,
            first => first.Where(answer => answer.Block is not null)
                .GroupBy(answer => answer.Block!, BlockContent.Blocks).Any(group => group.Count() >= Profile.FinalityQuorum),
            cancellationToken);
        IReadOnlyList<Answer> answers = Proved(given);
        var candidates = answers
            .Where(answer => answer.Block is { } block && block.Number == (ulong)number)
            .GroupBy(answer => answer.Block!, BlockContent.Blocks)
            .Where(group => group.Count() >= Profile.FinalityQuorum)
            .ToList();
        if (candidates.Count != 1)
        {
            // Too few answers because of faults is a fault; too few although everybody answered is a fact about the chain.
            RpcException? fault = answers.Select(answer => answer.Error).FirstOrDefault(error => error is not null);
            return candidates.Count == 0 && fault is not null ? throw fault : null;
        }

        RpcBlock first = candidates[0].First().Block!;
        return new AgreedBlock(
            new BlockRef(number, first.Hash), first,
            DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(first.Timestamp, TimestampMax)),
            [.. candidates[0].Select(answer => answer.Provider)],
            [.. given.Where(answer => answer.Block is { } block && !BlockContent.Blocks.Equals(block, first))
                .Select(answer => (answer.Provider, answer.Block!.Hash))]);
    }

    private IReadOnlyList<ChainProvider> Without(IReadOnlySet<string> leftOut) => leftOut.Count == 0
        ? Profile.Providers
        : [.. Profile.Providers.Where(provider => !leftOut.Contains(provider.Name))];

    // Where one header makes up the hash it stands under, another one under the same hash is a lie. Where none does, nothing follows: the
    // chain's headers have a form of their own, and enough providers must give the same.
    private IReadOnlyList<Answer> Proved(IReadOnlyList<Answer> answers)
    {
        HashSet<Hash32> proved =
            [.. answers.Where(answer => answer.Block is { Proof: not RpcBlockProof.None }).Select(answer => answer.Block!.Hash)];
        return
        [
            .. answers.Select(answer => answer.Block is { Proof: RpcBlockProof.None } block
                && (Profile.DemandsHeaderProof || proved.Contains(block.Hash))
                    ? new Answer(
                        answer.Provider, Block: null, new RpcProtocolException(answer.Provider.Name, NotProved(block)))
                    : answer),
        ];
    }

    private async Task<IReadOnlyList<Answer>> AskBelievedAsync(
        Func<RpcClient, CancellationToken, Task<RpcBlock?>> ask, CancellationToken cancellationToken)
    {
        IReadOnlySet<string> leftOut = await quarantined(cancellationToken);
        return await AskAsync(Without(leftOut), leftOut, ask, cancellationToken);
    }

    private Task<IReadOnlyList<Answer>> AskAsync(
        IReadOnlyList<ChainProvider> asked, IReadOnlySet<string> leftOut, Func<RpcClient, CancellationToken, Task<RpcBlock?>> ask,
        CancellationToken cancellationToken) => GatherAsync(
            asked,
            (provider, token) => AskAsync(provider, ask, token),
            TooLate,
            given => given.Count(answer => answer.Block is not null && !leftOut.Contains(answer.Provider.Name))
                >= Profile.FinalityQuorum,
            cancellationToken);

    // They are asked at once. When what was answered is enough, who is still silent has a little time and then no vote.
    private async Task<IReadOnlyList<T>> GatherAsync<T>(
        IReadOnlyList<ChainProvider> whom, Func<ChainProvider, CancellationToken, Task<T>> ask,
        Func<ChainProvider, RpcUnavailableException, T> tooLate,
        Func<IReadOnlyList<T>, bool> isEnough, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<T>[] asked = [.. whom.Select(provider => ask(provider, late.Token))];
        Task all = Task.WhenAll(asked);
        try
        {
            await EnoughAsync(asked, isEnough, cancellationToken);
            if (!all.IsCompleted)
                await Task.WhenAny(all, clock.Delay(Grace, cancellationToken));
        }
        finally
        {
            await late.CancelAsync();
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return
        [
            .. asked.Select((task, index) => task.IsCanceled
                ? tooLate(
                    whom[index],
                    new RpcUnavailableException(whom[index].Name, "it had not answered when enough others had"))
                : task.GetAwaiter().GetResult()),
        ];
    }

    private static async Task EnoughAsync<T>(
        Task<T>[] asked, Func<IReadOnlyList<T>, bool> isEnough, CancellationToken cancellationToken)
    {
        var first = new List<T>(asked.Length);
        await foreach (Task<T> next in Task.WhenEach(asked).WithCancellation(cancellationToken))
        {
            first.Add(await next);
            if (isEnough(first))
                return;
        }
    }

    private static Answer TooLate(ChainProvider provider, RpcUnavailableException late) => new(provider, Block: null, late);

    // A provider that fails has no vote; the others go on.
    private static async Task<Answer> AskAsync(
        ChainProvider provider, Func<RpcClient, CancellationToken, Task<RpcBlock?>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return new Answer(provider, await ask(provider.Client, cancellationToken), Error: null);
        }
        catch (RpcException exception)
        {
            return new Answer(provider, Block: null, exception);
        }
    }
}

/// <summary>Which chain a provider says that it serves, or why it said nothing.</summary>
internal sealed record ToldChainId(ChainProvider Provider, ulong? Id, RpcException? Error);

/// <summary>One provider's answer: a block, nothing, or an error.</summary>
internal sealed record Answer(ChainProvider Provider, RpcBlock? Block, RpcException? Error);

/// <summary>What the providers said in one turn, so that no question is asked twice in it.</summary>
internal sealed class TurnAnswers(IReadOnlyList<Answer> heads, long? head)
{
    private readonly Dictionary<long, Dictionary<string, RpcBlock>> _byHeight = [];

    /// <summary>Every provider's answer about its head.</summary>
    public IReadOnlyList<Answer> Heads { get; } = heads;

    /// <summary>The highest height that enough providers have reached; nothing when too few answered.</summary>
    public long? Head { get; } = head;

    /// <summary>The highest height at which enough providers hold their block final, once it was asked.</summary>
    public long? Final { get; set; }

    /// <summary>The time of the newest block that was named.</summary>
    public DateTimeOffset? HeadTime => Heads.Max(answer => answer.Block is { } block && (long)block.Number == Head
        ? DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(block.Timestamp, ChainNodes.TimestampMax))
        : (DateTimeOffset?)null);

    public static long? ReachedBy(int quorum, IReadOnlyList<Answer> answers)
    {
        List<long> heights = [.. answers.Where(answer => answer.Block is not null).Select(
            answer => (long)answer.Block!.Number).OrderDescending()];
        return heights.Count >= quorum ? heights[quorum - 1] : null;
    }

    public void Remember(Answer answer)
    {
        if (answer.Block is not { } block)
            return;
        if (!_byHeight.TryGetValue((long)block.Number, out Dictionary<string, RpcBlock>? known))
            _byHeight.Add((long)block.Number, known = []);
        known[answer.Provider.Name] = block;
    }

    public IReadOnlyDictionary<string, RpcBlock> At(long number) =>
        _byHeight.TryGetValue(number, out Dictionary<string, RpcBlock>? known) ? known : new Dictionary<string, RpcBlock>();
}
