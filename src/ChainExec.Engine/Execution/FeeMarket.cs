using System.Collections.Concurrent;
using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Execution;

/// <summary>The fee market of each chain as it was asked for at one head: one question for each block, however many slots ask.</summary>
internal sealed class FeeMarket(FeeEstimator fees)
{
    private readonly ConcurrentDictionary<long, (long Head, FeeQuote? Quote)> _last = new();

    /// <summary>The quote of the first provider that answers, or nothing when the market is above what is ever signed.</summary>
    /// <exception cref="RpcException">No provider answered.</exception>
    public async Task<FeeQuote?> QuoteAsync(ChainProfile chain, long head, CancellationToken cancellationToken)
    {
        if (_last.TryGetValue(chain.Id, out (long Head, FeeQuote? Quote) last) && last.Head == head)
            return last.Quote;
        RpcUnavailableException? away = null;
        foreach (ChainProvider provider in chain.Providers)
        {
            try
            {
                FeeQuote? quote = await fees.QuoteAsync(provider.Client, cancellationToken);
                _last[chain.Id] = (head, quote);
                return quote;
            }
            catch (RpcUnavailableException exception)
            {
                away = exception;
            }
        }

        throw away as Exception ?? new InvalidOperationException($"Chain {chain.Id} has no provider.");
    }
}
