using System.Net;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Sends any number of calls in batches of a size that the provider takes, and learns that size: a batch that is refused as a whole, or
/// whose answer is too large, is halved and sent again. Only for calls that may be repeated.
/// </summary>
internal sealed class RpcBatcher(RpcCaller caller, LearnedLimit limit)
{
    internal async Task<IReadOnlyList<RpcBatchAnswer>> SendAsync(IReadOnlyList<RpcRequest> requests, CancellationToken cancellationToken)
    {
        var answers = new List<RpcBatchAnswer>(requests.Count);
        while (answers.Count < requests.Count)
        {
            int size = Math.Min(Math.Min(limit.Current, caller.Options.BatchSizeMax), requests.Count - answers.Count);
            if (size == 1)
            {
                // Not as a batch of one: a provider that takes no batches at all refuses that too.
                answers.Add(await AloneAsync(requests[answers.Count], cancellationToken).ConfigureAwait(false));
                continue;
            }

            RpcRequest[] batch = [.. requests.Skip(answers.Count).Take(size)];
            try
            {
                answers.AddRange(await caller.BatchAsync(batch, cancellationToken).ConfigureAwait(false));
                limit.Accepted(size);
            }
            catch (RpcException error) when (IsOfTheWhole(error))
            {
                limit.Refused(size);
            }
        }

        return answers;
    }

    private async Task<RpcBatchAnswer> AloneAsync(RpcRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return new RpcBatchAnswer(
                await caller.ElementAsync(request.Method, request.Parameters, cancellationToken).ConfigureAwait(false), null);
        }
        catch (RpcErrorException error)
        {
            return new RpcBatchAnswer(default, error);
        }
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
