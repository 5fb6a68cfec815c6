using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>Gives entries of append-only accounts their place and running balance.</summary>
internal sealed class RollUpWorker(UnitOfWork unitOfWork) : IWorker
{
    /// <summary>Entries of one turn at most; keeps its transaction well below a second.</summary>
    private const int BatchSizeMax = 2000;

    public string Name => "ledger.roll_up";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    public Task<int> RunTurnAsync(CancellationToken cancellationToken) => unitOfWork.RunAsync(
        (session, token) => session.Sql("select ledger.roll_up(@limit)").With("limit", BatchSizeMax).ScalarAsync<int>(token),
        cancellationToken);
}
