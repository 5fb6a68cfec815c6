using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChainExec.Indexing;

/// <summary>
/// Asks at start whether each configured chain is the one that the database knows. Another chain refuses the start; a node that is down
/// does not, because the follower asks again before its first block, nor does a contradicted final block, which halts that chain alone.
/// </summary>
internal sealed partial class ChainIdentityCheck(
    ChainDirectory directory, ChainStore chains, ProviderTrust trust, TimeProvider clock, ILogger<ChainIdentityCheck> logger,
    ILoggerFactory loggers) : IHostedService
{
    /// <exception cref="ChainMismatchException">A node serves another chain; the message says what to do.</exception>
    public Task StartAsync(CancellationToken cancellationToken) =>
        // Side by side: the providers of one chain that do not answer are no reason for another to wait.
        Task.WhenAll(directory.All.Select(profile => CheckAsync(profile, cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task CheckAsync(ChainProfile profile, CancellationToken cancellationToken)
    {
        try
        {
            var nodes = new ChainNodes(profile, token => trust.QuarantinedAsync(profile.Id, token), clock);
            var identity = new ChainIdentity(nodes, chains, loggers.CreateLogger<ChainIdentity>());
            if (await identity.VerifyAsync(cancellationToken) is { } conflict)
                LogConflict(profile.Id, conflict.Ours.Number, conflict.Ours.Hash, conflict.Theirs);
        }
        catch (Exception exception) when (exception is RpcException or NodeFaultException)
        {
            LogNotChecked(profile.Id, exception);
        }
    }

    [LoggerMessage(EventId = 2114, Level = LogLevel.Error,
        Message = "Chain {Chain}: the final block {Ours} at height {Number} is contradicted by {Theirs}; it will be halted "
            + "(docs/runbooks/chain-halted.md)")]
    private partial void LogConflict(long chain, long number, Hash32 ours, Hash32 theirs);

    [LoggerMessage(EventId = 2110, Level = LogLevel.Warning,
        Message = "Chain {Chain} could not be asked at start; it is indexed as soon as it answers")]
    private partial void LogNotChecked(long chain, Exception exception);
}
