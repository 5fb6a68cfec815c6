using ChainExec.Calls;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>A processor of whole transactions: sees what the log processors made of it and may add to that.</summary>
internal interface ITransactionProcessor : IMovementProcessor
{
    /// <summary>Further records.</summary>
    /// <param name="fromLogs">What the log processors gave, in log order.</param>
    IReadOnlyList<Movement> OnIncluded(ChainTransaction transaction, IReadOnlyList<Movement> fromLogs, AssetSnapshot assets);
}
