using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>Closes the books up to a moment: one asks, another approves.</summary>
internal sealed class PeriodStore
{
    /// <summary>Asks for it. Nothing is closed yet.</summary>
    /// <exception cref="LedgerRefusedException">The moment has not passed, or the reason is missing or too long.</exception>
    public async Task RequestAsync(
        DbSession session, Guid id, DateTimeOffset until, string actor, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await session.Sql("select ledger.request_close(@id, @until, @actor, @reason)").With("id", id)
                .With("until", until.ToUniversalTime()).With("actor", actor).With("reason", reason).ExecuteAsync(cancellationToken);
        }
        catch (Npgsql.PostgresException exception) when (LedgerRefusedException.ReasonOf(exception) is { } refusal)
        {
            throw new LedgerRefusedException(refusal, exception);
        }
    }

    /// <summary>Approves it: waits for postings under way, and what begins later finds the books closed.</summary>
    /// <returns><c>approved</c>, <c>same_person</c> or <c>unknown_period</c>.</returns>
    public Task<string> ApproveAsync(DbSession session, Guid id, string actor, CancellationToken cancellationToken) =>
        session.Sql("select ledger.approve_close(@id, @actor)").With("id", id).With("actor", actor).ScalarAsync<string>(cancellationToken);

    /// <summary>What was asked for and approved, the newest first, at most 1,000.</summary>
    public Task<IReadOnlyList<PeriodClose>> ListAsync(DbSession session, CancellationToken cancellationToken) =>
        session.Sql("""
            select id, until, reason, requested_by, requested_at, approved_by, approved_at
            from   ledger.v_period_close order by requested_at desc limit 1000
            """).ReadAsync(
                reader => new PeriodClose(
                    reader.Uuid("id"), reader.Time("until"), reader.Text("reason"), reader.Text("requested_by"),
                    reader.Time("requested_at"),
                    reader.TextOrNull("approved_by"), reader.TimeOrNull("approved_at")),
                cancellationToken);
}

/// <summary>A request to close the books up to a moment; they are closed once it is approved.</summary>
internal sealed record PeriodClose(
    Guid Id, DateTimeOffset Until, string Reason, string RequestedBy, DateTimeOffset RequestedAt, string? ApprovedBy,
    DateTimeOffset? ApprovedAt);
