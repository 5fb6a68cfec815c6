using ChainExec.Storage;
using Npgsql;

namespace ChainExec.Custody;

/// <summary>The approvals that owners were asked for. A decision is for ever; asking again is another row.</summary>
internal sealed class ApprovalStore(TimeProvider clock)
{
    private const int ReasonLengthMax = 500;
    private const string Columns = "id, intent_id, max_total_fee, state, asked_at, expires_at";

    /// <summary>Asks the owner. An intent has one open approval at most.</summary>
    public async Task<Approval> AskAsync(
        DbSession session, Guid intent, TokenAmount maxTotalFee, TimeSpan life, CancellationToken cancellationToken)
    {
        const string sql = $"""
            insert into custody.approval (id, intent_id, max_total_fee, state, expires_at)
            values (@id, @intent, @fee, 'asked', storage.clock() + @life)
            returning {Columns}
            """;
        return (await session.Sql(sql).With("id", new ApprovalId(Guid.CreateVersion7(clock.GetUtcNow()))).With("intent", intent)
            .With("fee", maxTotalFee).With("life", life).ReadSingleAsync(Read, cancellationToken))!;
    }

    /// <summary>The newest approval of an intent, and whether its time is over by the database's clock.</summary>
    public async Task<(Approval Approval, bool IsOver)?> NewestAsync(DbSession session, Guid intent, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select {Columns}, expires_at <= storage.clock() as over from custody.approval
            where  intent_id = @intent order by id desc limit 1
            """;
        IReadOnlyList<(Approval, bool)> rows = await session.Sql(sql).With("intent", intent)
            .ReadAsync(reader => (Read(reader), reader.Bool("over")), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>How often the owner of an account did not answer for an intent.</summary>
    public Task<int> UnansweredAsync(DbSession session, Guid intent, CancellationToken cancellationToken) =>
        session.Sql("select count(*)::integer from custody.approval where intent_id = @intent and state = 'expired'").With("intent", intent)
            .ScalarAsync<int>(cancellationToken);

    /// <summary>Decides an open approval.</summary>
    /// <exception cref="StaleWriteException">It was decided meanwhile.</exception>
    public async Task DecideAsync(
        DbSession session, ApprovalId id, ApprovalState to, string actor, string? reason, CancellationToken cancellationToken)
    {
        const string sql = """
            update custody.approval set state = @to, decided_at = storage.clock(), decided_by = @actor, reason = @reason
            where  id = @id and state = 'asked'
            """;
        string? bounded = reason.Cut(ReasonLengthMax);
        if (await session.Sql(sql).With("id", id).With("to", to).With("actor", actor).With("reason", bounded)
            .ExecuteAsync(cancellationToken) == 0)
            throw new StaleWriteException($"{id} was decided meanwhile.");
    }

    /// <summary>What was to be approved has ended.</summary>
    public Task<int> WithdrawAsync(DbSession session, Guid intent, string actor, CancellationToken cancellationToken) =>
        session.Sql("""
            update custody.approval set state = 'withdrawn', decided_at = storage.clock(), decided_by = @actor
            where  intent_id = @intent and state = 'asked'
            """)
            .With("intent", intent).With("actor", actor).ExecuteAsync(cancellationToken);

    internal static Approval Read(NpgsqlDataReader reader) => new(
        new ApprovalId(reader.Uuid("id")), reader.Uuid("intent_id"), reader.Amount("max_total_fee"), reader.State<ApprovalState>("state"),
        reader.Time("asked_at"), reader.Time("expires_at"));
}
