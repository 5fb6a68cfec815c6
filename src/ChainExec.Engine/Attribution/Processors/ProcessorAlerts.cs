using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Attribution.Processors;

/// <summary>
/// The incidents that records tell of. One is open while the newest record of its kind and subject says so: newest by the order of the
/// chain, among those that were not orphaned or replaced. So a pause that a reorg takes back is over, and one whose end a reorg takes back
/// is told again.
/// </summary>
internal sealed class ProcessorAlerts(IncidentStore incidents)
{
    private const string NoDetail = "Told by a record.";

    /// <summary>Brings incidents to what the records say now.</summary>
    public async Task SettleAsync(
        DbSession session, IEnumerable<(string Kind, string Subject)> told, CancellationToken cancellationToken)
    {
        foreach ((string kind, string subject) in told.Distinct())
        {
            Newest? newest = await NewestAsync(session, kind, subject, cancellationToken);
            if (newest is null or { Over: true })
            {
                await incidents.CloseAsync(session, kind, subject, cancellationToken);
                continue;
            }

            await incidents.OpenAsync(
                session, kind, subject, newest.Chain, sender: null, newest.Detail ?? NoDetail,
                new { newest.TxHash, newest.BlockNumber, newest.LogIndex, newest.Processor }, cancellationToken);
        }
    }

    private static Task<Newest?> NewestAsync(DbSession session, string kind, string subject, CancellationToken cancellationToken)
    {
        const string sql = """
            select r.chain_id, r.tx_hash, t.block_number, r.log_index, r.processor, r.alert_detail, r.alert_over
            from   attribution.record r
            join   indexing.v_transaction t using (chain_id, tx_hash, block_hash, incarnation)
            where  r.alert_kind = @kind and r.alert_subject = @subject
            and    not exists (select from attribution.record_phase p where p.record_id = r.id and p.phase = 'orphaned')
            and    not exists (select from attribution.record_replaced x where x.record_id = r.id)
            order  by t.block_number desc, t.tx_index desc, r.log_index desc, r.ordinal desc, r.id desc
            limit  1
            """;
        return session.Sql(sql).With("kind", kind).With("subject", subject).ReadSingleAsync(
            reader => new Newest(
                reader.Long("chain_id"), reader.Hash("tx_hash"), reader.Long("block_number"), reader.Int("log_index"),
                reader.Text("processor"), reader.TextOrNull("alert_detail"), reader.Bool("alert_over")),
            cancellationToken);
    }

    private sealed record Newest(
        long Chain, Ethereum.Hash32 TxHash, long BlockNumber, int LogIndex, string Processor, string? Detail, bool Over);
}
