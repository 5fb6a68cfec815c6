using ChainExec.Calls;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// Hands signed bytes to every provider of a chain. An answer is evidence about a pool, never about the outcome; of a provider that is not
/// believed it is no evidence at all, though it gets the bytes: the more have them, the better.
/// </summary>
internal sealed class Broadcaster(ProviderTrust trust)
{
    /// <summary>The class of what is no answer, such as no JSON.</summary>
    public const string ProviderFault = "provider_fault";

    /// <summary>
    /// The class of an answer with the hash of another transaction: who gives it is not believed until it answers a send.
    /// </summary>
    public const string WrongHash = "wrong_hash";

    /// <summary>The class of what somebody said whose word does not count.</summary>
    public const string Unbelieved = "unbelieved";

    /// <summary>The classes that say nothing about the bytes.</summary>
    public static readonly IReadOnlyList<string> NoAnswer = [Unavailable, ProviderFault, WrongHash, Unbelieved];

    private const string Unavailable = "unavailable";

    public async Task<IReadOnlyList<SendAnswer>> SendAsync(
        ChainProfile chain, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        IReadOnlySet<string> unbelieved = await trust.QuarantinedAsync(chain.Id, cancellationToken);
        SendAnswer[] answers = await Task.WhenAll(chain.Providers.Select(provider => SendAsync(provider, raw, cancellationToken)));
        return
        [
            .. answers.Select(answer => answer.IsAnswer && unbelieved.Contains(answer.Provider)
                ? answer with { State = NodeState.Unknown, Class = Unbelieved, Text = $"{answer.Class}: {answer.Text}" }
                : answer),
        ];
    }

    private static async Task<SendAnswer> SendAsync(
        ChainProvider provider, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        try
        {
            // The client has checked that the returned hash is that of our bytes.
            await provider.Client.SendRawTransactionAsync(raw, cancellationToken);
            return new SendAnswer(provider.Name, NodeState.Accepted, "accepted", "accepted");
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
            return new SendAnswer(provider.Name, state, EnumText.Of(found), exception.NodeMessage);
        }
        catch (RpcException exception)
        {
            // The bytes may have arrived although no answer, or no answer to our question, did.
            string found = exception switch
            {
                RpcUnavailableException => Unavailable,
                RpcProtocolException { AnswersAnother: true } => WrongHash,
                _ => ProviderFault,
            };
            return new SendAnswer(provider.Name, NodeState.Unknown, found, exception.Message, IsAnswer: false);
        }
    }
}
