using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>Ends timed holds that are past their time. Until then they count as pending, and cannot be posted.</summary>
internal sealed class HoldSweepWorker(UnitOfWork unitOfWork) : IWorker
{
    private const int BatchSizeMax = 200;

    public string Name => "ledger.hold_sweep";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    public Task<int> RunTurnAsync(CancellationToken cancellationToken) => unitOfWork.RunAsync(
        (session, token) => session.Sql("select ledger.sweep_holds(@limit)").With("limit", BatchSizeMax).ScalarAsync<int>(token),
        cancellationToken);
}
