namespace ChainExec.Ethereum.Rpc;

/// <summary>Reads the logs of a long range from one provider in pieces of the size it was found to serve.</summary>
internal static class LogRangeReader
{
    /// <summary>The logs in order, or the exception that the provider gave at some piece.</summary>
    internal static async Task<RpcOutcome<IReadOnlyList<RpcLog>?>> ReadAsync(
        RpcEndpoint endpoint, RpcLogFilter filter, ulong from, ulong to, CancellationToken cancellationToken)
    {
        var logs = new List<RpcLog>();
        ulong next = from;
        while (true)
        {
            int size = (int)Math.Min((ulong)endpoint.BlockRange.Current, to - next + 1);
            ulong last = next + (ulong)size - 1;
            RpcLogFilter piece = filter with { BlockHash = null, From = next, To = last };
            RpcOutcome<IReadOnlyList<RpcLog>> outcome = await endpoint.AskAsync(
                async (client, token) => Checked(
                    endpoint.Name, await client.GetLogsAsync(piece, token).ConfigureAwait(false), piece.From, piece.To),
                cancellationToken).ConfigureAwait(false);
            if (outcome.Value is { } read)
            {
                endpoint.BlockRange.Accepted(size);
                logs.AddRange(read);
                if (last == to)
                {
                    return new RpcOutcome<IReadOnlyList<RpcLog>?>(logs, null);
                }

                next = last + 1;
            }
            else if (size > 1 && IsForSize(outcome.Error!))
            {
                string words = outcome.Error is RpcErrorException error ? error.NodeMessage : "";
                endpoint.BlockRange.Refused(size, RangeHint.In(words, size));
            }
            else
            {
                return new RpcOutcome<IReadOnlyList<RpcLog>?>(null, outcome.Error);
            }
        }
    }

    private static bool IsForSize(RpcException error) => error is RpcErrorException { Classification.Class: RpcErrorClass.RangeTooLarge }
        or RpcProtocolException { AnswerTooLarge: true };

    // A provider that answers logs of other blocks, or out of order, has answered another question.
    private static IReadOnlyList<RpcLog> Checked(string provider, IReadOnlyList<RpcLog> logs, BlockTag from, BlockTag to)
    {
        for (int i = 0; i < logs.Count; i++)
        {
            bool inOrder = i == 0 || logs[i - 1].BlockNumber < logs[i].BlockNumber
                || (logs[i - 1].BlockHash == logs[i].BlockHash && logs[i - 1].LogIndex < logs[i].LogIndex);
            if (logs[i].BlockNumber < from.BlockNumber || logs[i].BlockNumber > to.BlockNumber || logs[i].Removed || !inOrder)
            {
                throw new RpcProtocolException(provider, $"log {i} of the answer to eth_getLogs is outside the range or out of order");
            }
        }

        return logs;
    }
}
