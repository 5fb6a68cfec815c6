using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Asks at start whether each configured chain is the one that the database knows. Another chain refuses the start; a node that is down
/// does not, because the follower asks again before its first block.
/// </summary>
internal sealed partial class ChainIdentityCheck(
    ChainDirectory directory, ChainStore chains, ILogger<ChainIdentityCheck> logger) : IHostedService
{
    /// <exception cref="ChainMismatchException">A node serves another chain; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (ChainProfile profile in directory.All)
        {
            try
            {
                await new ChainIdentity(new ChainNodes(profile), chains).VerifyAsync(cancellationToken);
            }
            catch (Exception exception) when (exception is RpcException or NodeFaultException)
            {
                LogNotChecked(profile.Id, exception);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(EventId = 2110, Level = LogLevel.Warning,
        Message = "Chain {Chain} could not be asked at start; it is indexed as soon as it answers")]
    private partial void LogNotChecked(long chain, Exception exception);
}
