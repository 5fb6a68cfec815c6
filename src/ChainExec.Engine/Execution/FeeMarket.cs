using System.Collections.Concurrent;
using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Execution;

/// <summary>
/// The fee market of each chain as it was asked for at one head: one question for each block, however many ask. Asked again when the index
/// stands still.
/// </summary>
internal sealed class FeeMarket(FeeEstimator fees, ProviderTrust trust, TimeProvider clock)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, (long Head, long At, FeeQuote? Quote)> _last = new();

    /// <summary>The quote of the first provider that answers, or nothing when the market is above what is ever signed.</summary>
    /// <exception cref="RpcException">No provider answered.</exception>
    public async Task<FeeQuote?> QuoteAsync(ChainProfile chain, long head, CancellationToken cancellationToken)
    {
        if (_last.TryGetValue(chain.Id, out (long Head, long At, FeeQuote? Quote) last) && last.Head == head
            && clock.GetElapsedTime(last.At) < AgeMax)
            return last.Quote;
        RpcUnavailableException? away = null;
        foreach (ChainProvider provider in await trust.BelievedAsync(chain, cancellationToken))
        {
            try
            {
                FeeQuote? quote = await fees.QuoteAsync(provider.Client, cancellationToken);
                _last[chain.Id] = (head, clock.GetTimestamp(), quote);
                return quote;
            }
            catch (RpcUnavailableException exception)
            {
                away = exception;
            }
        }

        throw away ?? ProviderTrust.Nobody(chain);
    }
}
