using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>What one provider says that an account's next nonce is after a block; nothing, and why, when it does not say.</summary>
internal sealed record NonceAnswer(string Provider, long? Nonce, string? Why)
{
    public override string ToString() => Nonce is { } nonce ? $"{Provider}: {nonce}" : $"{Provider}: {Why}";
}

/// <summary>
/// Asks every provider that is not quarantined for the nonce of an account after one block that is named by its hash. No single provider
/// is believed: whoever decides on the answers counts how many agree.
/// </summary>
internal sealed class NonceWitness(ProviderTrust trust)
{
    private const int WhyLengthMax = 200;

    public async Task<IReadOnlyList<NonceAnswer>> AskAsync(
        ChainProfile chain, Address account, long number, Hash32 hash, CancellationToken cancellationToken) =>
        await Task.WhenAll((await trust.BelievedAsync(chain, cancellationToken))
            .Select(provider => AskAsync(provider, account, number, hash, cancellationToken)));

    /// <summary>The one nonce that at least a quorum names; nothing when none or two are.</summary>
    public static long? Agreed(IReadOnlyList<NonceAnswer> answers, int quorum)
    {
        List<long> agreed = [.. answers.Where(answer => answer.Nonce is not null).GroupBy(answer => answer.Nonce!.Value)
            .Where(same => same.Count() >= quorum).Select(same => same.Key)];
        return agreed.Count == 1 ? agreed[0] : null;
    }

    private static async Task<NonceAnswer> AskAsync(
        ChainProvider provider, Address account, long number, Hash32 hash, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return new NonceAnswer(
                    provider.Name, checked((long)await provider.Client.GetTransactionCountAsync(account, hash, cancellationToken)), null);
            }
            catch (RpcErrorException exception) when (exception.Classification.Class == RpcErrorClass.Unknown)
            {
                // Not every node takes a hash (EIP-1898).
                return await AskByNumberAsync(provider, account, number, hash, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is RpcException or OverflowException)
        {
            // A nonce beyond what any account can reach (EIP-2681) is no answer either.
            return new NonceAnswer(provider.Name, null, exception.Message.Cut(WhyLengthMax));
        }
    }

    // The block may change under the question: its hash has to be the same before and after.
    private static async Task<NonceAnswer> AskByNumberAsync(
        ChainProvider provider, Address account, long number, Hash32 hash, CancellationToken cancellationToken)
    {
        ulong height = checked((ulong)number);
        Hash32? before = (await provider.Client.GetBlockAsync(height, fullTransactions: false, cancellationToken))?.Hash;
        ulong nonce = await provider.Client.GetTransactionCountAsync(account, height, cancellationToken);
        Hash32? after = (await provider.Client.GetBlockAsync(height, fullTransactions: false, cancellationToken))?.Hash;
        return before == hash && after == hash
            ? new NonceAnswer(provider.Name, checked((long)nonce), null)
            : new NonceAnswer(provider.Name, null, $"It holds another block {number}.");
    }
}
