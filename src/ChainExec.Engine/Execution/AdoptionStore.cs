using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>A foreign transaction that an operator proved to be the payment whose nonce it consumed.</summary>
/// <param name="Member">The member of the family that stands for it.</param>
internal sealed record Adoption(NonceSlot Slot, IntentId Member, ChainTransaction Transaction, string Reason, string Actor);

/// <summary>Keeps which foreign transactions were adopted by an operator. The slot stays what the chain made of it.</summary>
internal sealed class AdoptionStore
{
    /// <summary>Whose payment a transaction was proved to be, if it was.</summary>
    public async Task<IntentId?> FindAsync(DbSession session, long chain, Hash32 txHash, CancellationToken cancellationToken)
    {
        IReadOnlyList<Guid> roots = await session
            .Sql("select intent_id from execution.v_adoption where chain_id = @chain and tx_hash = @tx").With("chain", chain)
            .With("tx", txHash).ReadAsync(reader => reader.Uuid("intent_id"), cancellationToken);
        return roots.Count == 0 ? null : new IntentId(roots[0]);
    }

    /// <summary>Whether what consumed the slot was adopted.</summary>
    public static Task<bool> IsAdoptedAsync(DbSession session, Guid slot, CancellationToken cancellationToken) =>
        session.Sql("select exists (select from execution.adoption where slot_id = @slot)").With("slot", slot)
            .ScalarAsync<bool>(cancellationToken);

    /// <summary>Stores it, in the slot's history too, and has the signer told.</summary>
    public async Task InsertAsync(DbSession session, Adoption adoption, CancellationToken cancellationToken)
    {
        (NonceSlot slot, ChainTransaction transaction) = (adoption.Slot, adoption.Transaction);
        await session.Sql("""
            insert into execution.adoption (slot_id, intent_id, chain_id, tx_hash, block_number, reason, adopted_by)
            values (@slot, @intent, @chain, @tx, @number, @reason, @actor)
            """)
            .With("slot", slot.Id).With("intent", adoption.Member).With("chain", slot.Chain).With("tx", transaction.TxHash)
            .With("number", transaction.BlockNumber).With("reason", adoption.Reason).With("actor", adoption.Actor)
            .ExecuteAsync(cancellationToken);
        string state = EnumText.Of(slot.State);
        History.Append(
            session, "slot", slot.Id, state, "operator_adopted", state, adoption.Reason,
            new { member = adoption.Member.Value, transaction }, adoption.Actor);
    }
}
