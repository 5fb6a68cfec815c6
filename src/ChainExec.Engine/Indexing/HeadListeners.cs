using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Listens for new heads at every provider that has a WebSocket, and wakes the chain's follower. Only that: what is in a block is asked
/// over HTTP, by hash, so a lost, repeated or invented notification costs a question and nothing else.
/// </summary>
internal sealed partial class HeadListeners(
    ChainDirectory directory, IServiceProvider services, TimeProvider clock, ILogger<HeadListeners> logger) : BackgroundService
{
    private static readonly TimeSpan ReconnectDelayMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReconnectDelayMax = TimeSpan.FromSeconds(30);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        from profile in directory.All
        let signal = services.GetRequiredKeyedService<HeadSignal>(profile.Id)
        from provider in profile.Providers
        where provider.WebSocket is not null
        select ListenAsync(profile.Id, provider, signal, stoppingToken));

    private async Task ListenAsync(long chain, ChainProvider provider, HeadSignal signal, CancellationToken cancellationToken)
    {
        TimeSpan delay = ReconnectDelayMin;
        while (!cancellationToken.IsCancellationRequested)
        {
            bool heard = false;
            try
            {
                heard = await ListenOnceAsync(provider, signal, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException exception)
            {
                LogLost(chain, provider.Name, delay, exception);
            }

            await clock.Delay(delay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = heard ? ReconnectDelayMin : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, ReconnectDelayMax.Ticks));
        }
    }

    // Answers whether anything was heard; ends only by an exception of the subscription or of the token.
    private async Task<bool> ListenOnceAsync(ChainProvider provider, HeadSignal signal, CancellationToken cancellationToken)
    {
        var subscription = new NewHeadsSubscription(provider.Name, provider.WebSocket!, new RpcClientOptions(), clock);
        bool heard = false;
        try
        {
            await foreach (RpcHead _ in subscription.ReadAsync(cancellationToken))
            {
                // Alive from the first head on: a socket that connects and stays silent must not slow the polling down.
                if (!heard)
                    signal.SubscriptionStarted();
                heard = true;
                signal.Pulse();
            }
        }
        finally
        {
            if (heard)
                signal.SubscriptionEnded();
        }

        return heard;
    }

    [LoggerMessage(EventId = 2111, Level = LogLevel.Warning,
        Message = "Chain {Chain}: no head notifications from {Provider}; polling works alone, next try in {Delay}")]
    private partial void LogLost(long chain, string provider, TimeSpan delay, Exception exception);
}
