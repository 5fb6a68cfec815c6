using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Flows;

/// <summary>Makes a fact of each wait that is over: only its place on the stream decides what came first, an event or the expiry.</summary>
internal sealed class TimerWorker(UnitOfWork unitOfWork, FactWriter facts) : IWorker
{
    /// <summary>Timers told in one transaction at most.</summary>
    private const int BatchSizeMax = 200;

    public string Name => "flows.timers";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(100);

    public Task<int> RunTurnAsync(CancellationToken cancellationToken) => unitOfWork.RunAsync(TellAsync, cancellationToken);

    private async Task<int> TellAsync(DbSession session, CancellationToken cancellationToken)
    {
        const string sql = """
            update flows.timer set told = true
            where  rule_id in (
                select rule_id from flows.timer where not told and due_at <= storage.clock()
                order by due_at limit @limit for update skip locked)
            returning rule_id, context_id, key, due_at
            """;
        IReadOnlyList<(string Key, FlowTimerDue Due)> due = await session.Sql(sql).With("limit", BatchSizeMax)
            .ReadAsync(Read, cancellationToken);
        await facts.AppendManyAsync(
            session, [.. due.OrderBy(timer => timer.Due.DueAt).ThenBy(timer => timer.Due.Rule)], cancellationToken);
        return due.Count;
    }

    private static (string, FlowTimerDue) Read(NpgsqlDataReader reader) => (
        reader.Text("key"), new FlowTimerDue(reader.Uuid("context_id"), reader.Uuid("rule_id"), reader.Time("due_at")));
}
