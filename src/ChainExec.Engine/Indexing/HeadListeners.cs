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
}
