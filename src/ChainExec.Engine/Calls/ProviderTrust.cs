using System.Collections.Concurrent;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;

namespace ChainExec.Calls;

/// <summary>
/// Whose word counts. A provider that contradicted a final block is quarantined by the index: until it is released it has no vote, and
/// nobody asks it anything that something follows from. So is one that answered a send with the hash of another transaction, for ten
/// minutes or until it answers one. Only what is to be sent goes to it too. There is one set for each chain, whoever asks; it is read again
/// every second, because another process may have found it.
/// </summary>
internal sealed class ProviderTrust(Database database, TimeProvider clock)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<long, (IReadOnlySet<string> Names, long At)> _last = new();
    private long _version;

    /// <summary>The names of a chain's quarantined providers.</summary>
    public async Task<IReadOnlySet<string>> QuarantinedAsync(long chain, CancellationToken cancellationToken)
    {
        if (_last.TryGetValue(chain, out (IReadOnlySet<string> Names, long At) last) && clock.GetElapsedTime(last.At) < AgeMax)
            return last.Names;
        (long version, long at) = (Interlocked.Read(ref _version), clock.GetTimestamp());
        HashSet<string> names =
        [
            .. await database.ReadAsync(
                """
                select name from indexing.v_quarantined_provider where chain_id = @chain
                union
                select name from execution.v_lying_provider where chain_id = @chain
                """,
                statement => statement.With("chain", chain), reader => reader.Text("name"), cancellationToken),
        ];
        // Kept only when nobody was quarantined or released while it was read.
        if (Interlocked.Read(ref _version) == version)
            _last[chain] = (names, at);
        return names;
    }

    /// <summary>The providers of a chain whose word counts, in the order of the configuration.</summary>
    public async Task<IReadOnlyList<ChainProvider>> BelievedAsync(ChainProfile chain, CancellationToken cancellationToken)
    {
        IReadOnlySet<string> quarantined = await QuarantinedAsync(chain.Id, cancellationToken);
        return quarantined.Count == 0
            ? chain.Providers
            : [.. chain.Providers.Where(provider => !quarantined.Contains(provider.Name))];
    }

    /// <summary>Somebody was quarantined or released by this process: whoever asks next reads it.</summary>
    public void Forget(long chain)
    {
        Interlocked.Increment(ref _version);
        _last.TryRemove(chain, out _);
    }

    /// <summary>What there is to say when nobody is left to be asked: it may be otherwise soon.</summary>
    public static RpcUnavailableException Nobody(ChainProfile chain) =>
        new(chain.Name, $"no provider of chain {chain.Id} is believed: each contradicted a final block");
}
