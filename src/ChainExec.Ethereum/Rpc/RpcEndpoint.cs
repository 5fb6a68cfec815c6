using System.Net;

namespace ChainExec.Ethereum.Rpc;

/// <summary>One provider of a set: its client, and what was learned of it.</summary>
internal sealed class RpcEndpoint
{
    private const int BlockRangeStep = 100;
    private readonly TimeSpan _rateWaitMax;
    private readonly TimeProvider _time;
    private readonly HealthWindow _health;
    private readonly RequestRate _rate;
    private volatile RpcHead? _head;

    internal RpcEndpoint(RpcClient client, RpcEndpointSetOptions options, TimeProvider time)
    {
        Client = client;
        _rateWaitMax = options.RateWaitMax;
        _time = time;
        _health = new HealthWindow(time);
        _rate = new RequestRate(time);
        BlockRange = new LearnedLimit(options.BlockRangeMax, BlockRangeStep, time);
    }

    /// <summary>The client.</summary>
    internal RpcClient Client { get; }

    /// <summary>The provider's name.</summary>
    internal string Name => Client.Name;

    /// <summary>How many blocks it serves in one eth_getLogs.</summary>
    internal LearnedLimit BlockRange { get; }

    /// <summary>True when it is worth asking now.</summary>
    internal bool MayAsk() => _health.MayAsk();

    /// <summary>
    /// Asks it: waits for its rate, notes how it did, and answers what it said or the exception that it gave instead.
    /// </summary>
    internal async Task<RpcOutcome<T>> AskAsync<T>(Func<RpcClient, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        for (TimeSpan wait = _rate.Take(); wait > TimeSpan.Zero; wait = _rate.Take())
        {
            if (wait > _rateWaitMax)
            {
                return new RpcOutcome<T>(default, new RpcUnavailableException(Name, $"not asked: it is to be left alone for {wait}"));
            }

            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            T value = await ask(Client, cancellationToken).ConfigureAwait(false);
            _rate.Accepted();
            _health.Answered();
            return new RpcOutcome<T>(value, null);
        }
        catch (RpcException error)
        {
            Note(error);
            return new RpcOutcome<T>(default, error);
        }
    }

    /// <summary>Asks it for its head.</summary>
    internal async Task<RpcOutcome<RpcHead>> AskHeadAsync(CancellationToken cancellationToken)
    {
        RpcOutcome<RpcHead> head = await AskAsync(
            async (client, token) =>
            {
                RpcBlock? block = await client.GetBlockAsync(BlockTag.Latest, fullTransactions: false, token).ConfigureAwait(false);
                return block is null
                    ? throw new RpcProtocolException(Name, "the node has no head")
                    : new RpcHead(block.Number, block.Hash, block.ParentHash, block.Timestamp);
            },
            cancellationToken).ConfigureAwait(false);
        _head = head.Value ?? _head;
        return head;
    }

    /// <summary>What was learned of it.</summary>
    internal RpcLearnedLimits Learned() => new(Name, BlockRange.Current, Client.BatchLimit.Current, _rate.PerSecond);

    /// <summary>Takes over what was learned before.</summary>
    internal void Remember(RpcLearnedLimits limits)
    {
        BlockRange.Remember(limits.BlockRange);
        Client.BatchLimit.Remember(limits.BatchSize);
        _rate.Remember(limits.RequestsPerSecond);
    }

    /// <summary>How it does.</summary>
    internal RpcEndpointStatus Status()
    {
        DateTimeOffset paused = _rate.PausedUntil;
        return new RpcEndpointStatus(
            Name, _health.IsWell, _head, paused > _time.GetUtcNow() ? paused : null, Learned(), Client.UnmatchedErrors);
    }

    // An error of the node is an answer, and no sign of ill health: a pruned node says "header not found" in the best of health.
    private void Note(RpcException error)
    {
        switch (error)
        {
            case RpcErrorException { Classification.Class: RpcErrorClass.RateLimited }:
                _rate.Refused(wait: null);
                break;
            case RpcErrorException:
                _rate.Accepted();
                _health.Answered();
                break;
            case RpcUnavailableException { StatusCode: HttpStatusCode.TooManyRequests } limited:
                _rate.Refused(limited.RetryAfter);
                break;
            case RpcUnavailableException { RetryAfter: { } wait }:
                _rate.Refused(wait);
                _health.Failed();
                break;
            default:
                _health.Failed();
                break;
        }
    }
}

/// <summary>What a provider gave: a value, or an exception in its stead.</summary>
internal readonly record struct RpcOutcome<T>(T? Value, RpcException? Error);
