using ChainExec.Ethereum.Rpc;

namespace ChainExec.Indexing;

/// <summary>
/// When two providers gave the same block. Its hash is only a name: nothing here computes it from the header, so header, transactions and
/// what is made of them are compared by what they say. Without that one provider could say anything under a name that others agree on.
/// </summary>
internal static class BlockContent
{
    /// <summary>Headers with the hashes of their transactions, and the transactions where they were asked for.</summary>
    public static IEqualityComparer<RpcBlock> Blocks { get; } = By<RpcBlock>(AreSame, block => block.Hash.GetHashCode());

    /// <summary>Lists of blocks.</summary>
    public static IEqualityComparer<IReadOnlyList<RpcBlock>> Lists { get; } =
        By<IReadOnlyList<RpcBlock>>((left, right) => left.SequenceEqual(right, Blocks), blocks => blocks.Count);

    /// <summary>Whole blocks with their logs.</summary>
    public static IEqualityComparer<FetchedBlock> Fetched { get; } =
        By<FetchedBlock>(AreSame, block => block.Ref.Hash.GetHashCode());

    /// <summary>Lists of whole blocks.</summary>
    public static IEqualityComparer<IReadOnlyList<FetchedBlock>> FetchedLists { get; } =
        By<IReadOnlyList<FetchedBlock>>((left, right) => left.SequenceEqual(right, Fetched), blocks => blocks.Count);

    /// <summary>Whether two answers have one header.</summary>
    public static bool HaveSameHeader(RpcBlock left, RpcBlock right) =>
        left.Hash == right.Hash && left.Number == right.Number && left.ParentHash == right.ParentHash && left.Timestamp == right.Timestamp
        && left.ReceiptsRoot == right.ReceiptsRoot && left.LogsBloom.Span.SequenceEqual(right.LogsBloom.Span)
        && left.TransactionHashes.SequenceEqual(right.TransactionHashes);

    private static EqualityComparer<T> By<T>(Func<T, T, bool> areSame, Func<T, int> hash)
        where T : class => EqualityComparer<T>.Create(
            (left, right) => left is null || right is null ? ReferenceEquals(left, right) : areSame(left, right), hash);

    private static bool AreSame(RpcBlock left, RpcBlock right)
    {
        if (!HaveSameHeader(left, right))
            return false;
        if (left.Transactions is not { } ours || right.Transactions is not { } theirs)
            return left.Transactions is null == right.Transactions is null;
        for (int index = 0; index < ours.Count; index++)
        {
            (RpcTransaction one, RpcTransaction other) = (ours[index], theirs[index]);
            if (one.Hash != other.Hash || one.From != other.From || one.To != other.To || one.Nonce != other.Nonce
                || one.Value != other.Value || !one.Input.Span.SequenceEqual(other.Input.Span))
                return false;
        }

        return true;
    }

    private static bool AreSame(FetchedBlock left, FetchedBlock right)
    {
        if (left.Ref != right.Ref || left.ParentHash != right.ParentHash || left.Time != right.Time
            || left.Transactions.Count != right.Transactions.Count)
            return false;
        for (int index = 0; index < left.Transactions.Count; index++)
        {
            (FetchedTransaction one, FetchedTransaction other) = (left.Transactions[index], right.Transactions[index]);
            if (one.Transaction != other.Transaction || one.InputHash != other.InputHash || one.Logs.Count != other.Logs.Count)
                return false;
            for (int log = 0; log < one.Logs.Count; log++)
            {
                if (one.Logs[log].LogIndex != other.Logs[log].LogIndex || one.Logs[log].Emitter != other.Logs[log].Emitter
                    || !one.Logs[log].Topics.SequenceEqual(other.Logs[log].Topics)
                    || !one.Logs[log].Data.Span.SequenceEqual(other.Logs[log].Data.Span))
                    return false;
            }
        }

        return true;
    }
}
