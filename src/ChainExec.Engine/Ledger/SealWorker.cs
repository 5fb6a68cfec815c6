using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>Chains the hashes of transactions in the order of the fact stream.</summary>
internal sealed class SealWorker(UnitOfWork unitOfWork) : IWorker
{
    private const int BatchSizeMax = 1000;

    public string Name => "ledger.seal";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    public Task<int> RunTurnAsync(CancellationToken cancellationToken) => unitOfWork.RunAsync(
        (session, token) => session.Sql("select ledger.seal_next(@limit)").With("limit", BatchSizeMax).ScalarAsync<int>(token),
        cancellationToken);
}
