using System.Net;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Sends any number of calls in batches of a size that the provider takes, and learns that size: a batch that is refused as a whole, or
/// whose answer is too large, is halved and sent again. Only for calls that may be repeated.
/// </summary>
internal sealed class RpcBatcher(RpcCaller caller, LearnedLimit limit)
{
    internal async Task<IReadOnlyList<RpcAnswer<T>>> SendAsync<T>(
        IReadOnlyList<RpcRequest> requests, RpcRead<T> read, CancellationToken cancellationToken)
    {
        var answers = new List<RpcAnswer<T>>(requests.Count);
        while (answers.Count < requests.Count)
        {
            int size = Math.Min(Math.Min(limit.Current, caller.Options.BatchSizeMax), requests.Count - answers.Count);
            if (size == 1)
            {
                // Not as a batch of one: a provider that takes no batches at all refuses that too.
                answers.Add(await caller.AloneAsync(requests[answers.Count], read, cancellationToken).ConfigureAwait(false));
                continue;
            }

            RpcRequest[] batch = [.. requests.Skip(answers.Count).Take(size)];
            try
            {
                answers.AddRange(await caller.BatchAsync(batch, read, cancellationToken).ConfigureAwait(false));
                limit.Accepted(size);
            }
            catch (RpcException error) when (IsOfTheWhole(error))
            {
                limit.Refused(size);
            }
        }

        return answers;
    }

    // An error for the whole batch speaks of the batch, unless it speaks of load: then to ask more often is no cure.
    private static bool IsOfTheWhole(RpcException error) => error switch
    {
        RpcErrorException refused => refused.Classification.Class is not (RpcErrorClass.RateLimited or RpcErrorClass.Unavailable),
        RpcProtocolException protocol =>
            protocol.AnswerTooLarge || protocol.StatusCode is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest,
        _ => false,
    };
}
