using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>What a slot may still cost in wei: the family's limit less what its earlier nonces paid, or the house's limit for a
/// fill.</summary>
internal sealed class SlotBudget(IOptions<ExecutionOptions> options)
{
    /// <summary>What is left for the attempts of a family's member, of which at most one is paid; for a fill when there is none.</summary>
    public async Task<TokenAmount> LeftAsync(DbSession session, Intent? member, CancellationToken cancellationToken)
    {
        if (member is null)
            return new TokenAmount(options.Value.FillFeeMaxWei);
        TokenAmount spent = await SpentAsync(session, member.Root, cancellationToken);
        return spent > member.MaxTotalFee ? TokenAmount.Zero : member.MaxTotalFee - spent;
    }

    /// <summary>
    /// The same for all that a slot carries: each bears the same part of a transaction's fee, so the one that may pay least decides.
    /// </summary>
    public async Task<TokenAmount> LeftAsync(DbSession session, IReadOnlyList<Intent> members, CancellationToken cancellationToken)
    {
        if (members.Count == 0)
            return await LeftAsync(session, member: null, cancellationToken);
        TokenAmount? least = null;
        foreach (Intent member in members)
        {
            TokenAmount left = await LeftAsync(session, member, cancellationToken);
            least = least is { } before && before < left ? before : left;
        }

        return new TokenAmount(least!.Value.BaseUnits * members.Count);
    }

    /// <summary>
    /// What the final transactions of a family paid for gas and data, reverted ones and fills included; of one that it shared, its part,
    /// and nothing where that reverted or was filled: the house bears what befell others.
    /// </summary>
    public Task<TokenAmount> SpentAsync(DbSession session, IntentId root, CancellationToken cancellationToken)
    {
        const string sql = """
            with ended as materialized (
                select s.chain_id, s.tx_hash, s.state,
                       (select count(*) from execution.carrier_member o where o.carrier_id = m.carrier_id) as members
                from   execution.intent i
                join   execution.carrier_member m on m.intent_id = i.id
                join   execution.nonce_slot s on s.carrier_id = m.carrier_id and s.state in ('finalized', 'filled', 'adopted')
                where  i.root_id = @root)
            select coalesce(sum(ceil((t.gas_used * t.effective_gas_price + coalesce(t.data_fee, 0)) / e.members)), 0) as spent
            from   ended e
            join   indexing.v_transaction t on t.chain_id = e.chain_id and t.tx_hash = e.tx_hash and t.status = 'final'
            where  e.members = 1 or (t.succeeded and e.state <> 'filled')
            """;
        return ReadAsync(session.Sql(sql).With("root", root), cancellationToken);
    }

    private static async Task<TokenAmount> ReadAsync(Statement statement, CancellationToken cancellationToken) =>
        (await statement.ReadAsync(reader => reader.Amount("spent"), cancellationToken))[0];
}
