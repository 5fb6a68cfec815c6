using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Hands signed bytes to every provider of a chain. An answer is evidence about a pool, never about the outcome.</summary>
internal sealed class Broadcaster
{
    /// <summary>The class of an answer that contradicts what was asked, such as the hash of another transaction.</summary>
    public const string ProviderFault = "provider_fault";

    public async Task<IReadOnlyList<SendAnswer>> SendAsync(
        ChainProfile chain, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken) =>
        await Task.WhenAll(chain.Providers.Select(provider => SendAsync(provider, raw, cancellationToken)));

    private static async Task<SendAnswer> SendAsync(
        ChainProvider provider, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        try
        {
            // The client has checked that the returned hash is that of our bytes.
            await provider.Client.SendRawTransactionAsync(raw, cancellationToken);
            return new SendAnswer(provider.Name, NodeState.Accepted, "accepted", "accepted", null);
        }
        catch (RpcErrorException exception)
        {
            RpcErrorClass found = exception.Classification.Class;
            NodeState state = found switch
            {
                RpcErrorClass.AlreadyKnown => NodeState.Accepted,
                // "Too low" and "underpriced" say that the nonce is occupied, perhaps by these very bytes: the index decides.
                RpcErrorClass.NonceTooLow or RpcErrorClass.ReplacementUnderpriced or RpcErrorClass.Unknown or RpcErrorClass.Unavailable
                    or RpcErrorClass.RateLimited or RpcErrorClass.Reverted => NodeState.Unknown,
                _ => NodeState.Refused,
            };
            return new SendAnswer(provider.Name, state, EnumText.Of(found), exception.NodeMessage, null);
        }
        catch (RpcException exception)
        {
            // The bytes may have arrived although no answer, or no answer to our question, did.
            string found = exception is RpcUnavailableException ? "unavailable" : ProviderFault;
            return new SendAnswer(provider.Name, NodeState.Unknown, found, exception.Message, null);
        }
    }
}
