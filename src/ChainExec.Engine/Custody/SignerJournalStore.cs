using ChainExec.Storage;

namespace ChainExec.Custody;

/// <summary>Which signer's journal this database trusts. The first one it meets is trusted; another one only by an operator.</summary>
internal sealed class SignerJournalStore(UnitOfWork unitOfWork)
{
    /// <summary>The trusted journal's id, which is <paramref name="met"/> when none was trusted before.</summary>
    public Task<string> TrustFirstAsync(string met, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                await session.Sql(
                    "insert into custody.signer_journal (journal_id, trusted_by) values (@id, 'first contact') on conflict do nothing")
                    .With("id", met).ExecuteAsync(token);
                return await session.Sql("select journal_id from custody.signer_journal").ScalarAsync<string>(token);
            },
            cancellationToken);

    /// <summary>The operator's verb, after the runbook: from now on the database trusts this journal.</summary>
    public Task<int> TrustAsync(DbSession session, string journalId, string actor, CancellationToken cancellationToken) =>
        session.Sql("""
            insert into custody.signer_journal (journal_id, trusted_by) values (@id, @actor)
            on conflict (only_row) do update
            set    journal_id = excluded.journal_id, trusted_at = storage.clock(), trusted_by = excluded.trusted_by
            """)
            .With("id", journalId).With("actor", actor).ExecuteAsync(cancellationToken);
}
