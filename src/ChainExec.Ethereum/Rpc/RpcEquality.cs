using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Rpc;

/// <summary>When two providers said the same: records that hold lists and bytes are compared by what they say.</summary>
public static class RpcEquality
{
    /// <summary>Blocks are the same when their hash is, which covers all of their header.</summary>
    public static IEqualityComparer<RpcBlock> Blocks { get; } = EqualityComparer<RpcBlock>.Create(
        (left, right) => left?.Hash == right?.Hash, block => block.Hash.GetHashCode());

    /// <summary>Transactions are the same when hash and place are.</summary>
    public static IEqualityComparer<RpcTransaction> Transactions { get; } = EqualityComparer<RpcTransaction>.Create(
        (left, right) => left?.Hash == right?.Hash && left?.BlockHash == right?.BlockHash
            && left?.TransactionIndex == right?.TransactionIndex,
        transaction => transaction.Hash.GetHashCode());

    /// <summary>Receipts are the same when they tell the same outcome in the same place with the same logs.</summary>
    public static IEqualityComparer<RpcReceipt> Receipts { get; } = By<RpcReceipt>(
        (left, right) => left == right with { Logs = left.Logs } && AreSame(left.Logs, right.Logs),
        receipt => receipt.TransactionHash.GetHashCode());

    /// <summary>Lists of logs are the same when they have the same logs in the same places.</summary>
    public static IEqualityComparer<IReadOnlyList<RpcLog>> Logs { get; } = By<IReadOnlyList<RpcLog>>(AreSame, logs => logs.Count);

    private static EqualityComparer<T> By<T>(Func<T, T, bool> areSame, Func<T, int> hash)
        where T : class => EqualityComparer<T>.Create(
            (left, right) => left is null || right is null ? ReferenceEquals(left, right) : areSame(left, right), hash);

    private static bool AreSame(IReadOnlyList<RpcLog> left, IReadOnlyList<RpcLog> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (int i = 0; i < left.Count; i++)
        {
            (RpcLog one, RpcLog other) = (left[i], right[i]);
            if (one.BlockHash != other.BlockHash || one.LogIndex != other.LogIndex || one.TransactionHash != other.TransactionHash
                || !LogContent.Of(one).Equals(LogContent.Of(other)))
            {
                return false;
            }
        }

        return true;
    }
}
