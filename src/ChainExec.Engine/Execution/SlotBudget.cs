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

    /// <summary>What the final transactions of a family paid for gas and data, reverted ones and fills included.</summary>
    public Task<TokenAmount> SpentAsync(DbSession session, IntentId root, CancellationToken cancellationToken)
    {
        const string sql = """
            with ended as materialized (
                select s.chain_id, s.tx_hash
                from   execution.intent i
                join   execution.carrier_member m on m.intent_id = i.id
                join   execution.nonce_slot s on s.carrier_id = m.carrier_id and s.state in ('finalized', 'filled', 'adopted')
                where  i.root_id = @root)
            select coalesce(sum(t.gas_used * t.effective_gas_price + coalesce(t.data_fee, 0)), 0) as spent
            from   ended e
            join   indexing.v_transaction t on t.chain_id = e.chain_id and t.tx_hash = e.tx_hash and t.status = 'final'
            """;
        return ReadAsync(session.Sql(sql).With("root", root), cancellationToken);
    }

    private static async Task<TokenAmount> ReadAsync(Statement statement, CancellationToken cancellationToken) =>
        (await statement.ReadAsync(reader => reader.Amount("spent"), cancellationToken))[0];
}
