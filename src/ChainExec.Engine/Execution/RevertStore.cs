using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>A final transaction of ours that reverted, and the call that it made.</summary>
/// <param name="Tries">How often the nodes were asked, this time included.</param>
internal sealed record RevertedCall(
    long Chain, Hash32 TxHash, long BlockNumber, TokenAmount GasUsed, int Tries, Address From, Address To, TokenAmount Value,
    ReadOnlyMemory<byte> Data, long GasLimit);

/// <summary>Why a transaction reverted.</summary>
/// <param name="Kind">error_string, panic, custom, empty, out_of_gas, or unknown when no node could tell.</param>
/// <param name="Provider">Who said so; nothing when it follows from the receipt, or nobody did.</param>
internal sealed record RevertFinding(string Kind, string Message, string? Provider);

/// <summary>Keeps what reverts cost, and why they happened.</summary>
internal sealed class RevertStore
{
    private const int MessageLengthMax = 1000;

    /// <summary>A transaction of a slot has reverted for ever. Its reason is asked for later: finality waits for no node.</summary>
    public Task<int> InsertAsync(
        DbSession session, NonceSlot slot, IntentId root, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        session.WakeWorkersAfterCommit();
        return session.Sql("""
            insert into execution.revert (chain_id, tx_hash, intent_id, slot_id, block_number, gas_used, effective_gas_price, data_fee)
            values (@chain, @tx, @intent, @slot, @block, @gas, @price, @data_fee)
            on conflict do nothing
            """)
            .With("chain", transaction.Chain).With("tx", transaction.TxHash).With("intent", root).With("slot", slot.Id)
            .With("block", transaction.BlockNumber).With("gas", transaction.GasUsed).With("price", transaction.EffectiveGasPrice)
            .With("data_fee", transaction.DataFee ?? TokenAmount.Zero)
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Takes due ones; each is due again after the delay, whatever becomes of this turn, until it was taken often enough.
    /// </summary>
    public Task<IReadOnlyList<RevertedCall>> TakeDueAsync(
        DbSession session, TimeSpan delay, int triesMax, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            with due as (
                update execution.revert
                set    tries = tries + 1,
                       next_try_at = case when tries + 1 < @tries_max then storage.clock() + @delay * power(2, tries) end
                where  (chain_id, tx_hash) in (
                    select chain_id, tx_hash from execution.revert
                    where  next_try_at <= storage.clock()
                    order  by next_try_at limit @limit
                    for update skip locked)
                returning chain_id, tx_hash, slot_id, block_number, gas_used, tries)
            select d.chain_id, d.tx_hash, d.block_number, d.gas_used, d.tries, s.account, p."to", p.value, p.data, p.gas_limit
            from   due d
            join   execution.nonce_slot s on s.id = d.slot_id
            join   execution.carrier c on c.id = s.carrier_id
            join   lateral (
                select p."to", p.value, p.data, p.gas_limit
                from   execution.prepared_call p
                left   join execution.execution e on e.prepared_call_id = p.id and e.tx_hash = d.tx_hash
                where  p.slot_id = s.id and p.effect_hash = c.effect_hash
                order  by e.tx_hash is null, p.rung desc
                limit  1) p on true
            """;
        return session.Sql(sql).With("delay", delay).With("tries_max", triesMax).With("limit", limit).ReadAsync(
            reader => new RevertedCall(
                reader.Long("chain_id"), reader.Hash("tx_hash"), reader.Long("block_number"), reader.Amount("gas_used"),
                reader.Int("tries"), reader.Address("account"), reader.Address("to"), reader.Amount("value"), reader.Bytes("data"),
                reader.Long("gas_limit")),
            cancellationToken);
    }

    /// <summary>Stores why; the first finding stands, and nobody is asked again.</summary>
    public async Task StoreAsync(DbSession session, RevertedCall call, RevertFinding finding, CancellationToken cancellationToken)
    {
        string message = finding.Message.Cut(MessageLengthMax);
        await session.Sql("""
            insert into execution.revert_reason (chain_id, tx_hash, kind, message, provider)
            values (@chain, @tx, @kind, @message, @provider)
            on conflict do nothing
            """)
            .With("chain", call.Chain).With("tx", call.TxHash).With("kind", finding.Kind).With("message", message)
            .With("provider", finding.Provider).ExecuteAsync(cancellationToken);
        await session.Sql("update execution.revert set next_try_at = null where chain_id = @chain and tx_hash = @tx")
            .With("chain", call.Chain).With("tx", call.TxHash).ExecuteAsync(cancellationToken);
    }
}
