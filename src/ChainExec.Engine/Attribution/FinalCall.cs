using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Attribution;

/// <summary>What came of a business call, as it is stored, with what the call means.</summary>
internal sealed record FinalCall(
    Guid Intent, Guid Call, Guid? Owner, string CallType, bool Reached, bool Succeeded, string? RevertReason, TokenAmount GasShare,
    TokenAmount FeeShare, IReadOnlyList<int> Logs, IReadOnlyList<string> Findings, CallLabel Label)
{
    /// <summary>
    /// The business calls of a transaction's newest decision, in order. None of one that takes the place of an undone transaction whose
    /// calls were told: whoever acts on them has acted.
    /// </summary>
    public static Task<IReadOnlyList<FinalCall>> OfAsync(
        DbSession session, TrackedTransaction tracked, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        const string sql = """
            select r.intent_id, r.call_id, i.owner_id, c.type, r.reached, r.succeeded, r.revert_reason, r.gas_share, r.fee_share,
                   array(select l.log_index from attribution.log l
                         where  l.transaction_id = r.transaction_id and l.generation = r.generation and l.ordinal = r.ordinal
                         order  by l.log_index) as logs,
                   array(select f.kind from attribution.finding f
                         where  f.transaction_id = r.transaction_id and f.generation = r.generation and f.ordinal = r.ordinal
                         order  by f.finding) as findings,
                   c.category, c.tags, c.context
            from   attribution.call_result r
            join   calls.v_call c on c.id = r.call_id
            left   join execution.v_intent i on i.intent_id = r.intent_id
            where  r.transaction_id = @id and r.generation = @generation
            and    not exists (select from indexing.v_undone u
                               join   attribution.transaction b
                                      on b.chain_id = u.chain_id and b.block_hash = u.block_hash and b.incarnation = u.incarnation
                                      and b.tx_hash = u.tx_hash and b.told
                               where  u.chain_id = @chain and u.sender = @sender and u.nonce = @nonce
                               and    (u.block_hash, u.incarnation) <> (@block, @incarnation))
            order  by r.ordinal
            """;
        return session.Sql(sql).With("id", tracked.Id).With("generation", tracked.Generation)
            .With("chain", transaction.Chain).With("sender", transaction.From).With("nonce", transaction.Nonce)
            .With("block", transaction.BlockHash).With("incarnation", transaction.Incarnation).ReadAsync(
            reader => new FinalCall(
                reader.Uuid("intent_id"), reader.Uuid("call_id"), reader.UuidOrNull("owner_id"), reader.Text("type"),
                reader.Bool("reached"), reader.Bool("succeeded"), reader.TextOrNull("revert_reason"), reader.Amount("gas_share"),
                reader.Amount("fee_share"), reader.GetFieldValue<int[]>(reader.GetOrdinal("logs")),
                reader.GetFieldValue<string[]>(reader.GetOrdinal("findings")),
                CallLabels.Read(reader)),
            cancellationToken);
    }
}
