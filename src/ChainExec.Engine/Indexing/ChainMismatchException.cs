using ChainExec.Ethereum;

namespace ChainExec.Indexing;

/// <summary>The node serves another chain than the one this database knows. Never repaired by itself: nothing of it is processed.</summary>
internal sealed class ChainMismatchException(string message) : Exception(message)
{
    public static ChainMismatchException ChainId(long chain, string provider, ulong theirs) => new(
        $"Chain {chain}: provider {provider} serves chain id {theirs}. Correct the configuration (docs/runbooks/chain-mismatch.md).");

    public static ChainMismatchException Genesis(long chain, Hash32 ours, Hash32 theirs) => new(
        $"Chain {chain}: the node's genesis block is {theirs}, this database was built on {ours}. "
        + "A local chain that lost its state is started over with: ./run.sh --reset (docs/runbooks/chain-mismatch.md).");
}
