using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>An open slot whose nonce may be consumed without a transaction, and the final block at which that is to be asked.</summary>
internal sealed record ConsumptionSuspect(NonceSlot Slot, long FinalNumber, Hash32 FinalHash, Guid Wanted);

/// <summary>Finds nonces that look consumed although the index holds no transaction of them.</summary>
internal sealed class ConsumptionStore
{
    private const int AnswersLengthMax = 2000;

    /// <summary>
    /// Slots that every provider calls too low, or that do not move, once for each final block: what the index holds at that nonce, or was
    /// asked at that block already, is none of them.
    /// </summary>
    public Task<IReadOnlyList<ConsumptionSuspect>> SuspectsAsync(DbSession session, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            select s.id, s.chain_id, s.account, s.nonce, s.carrier_id, s.fill_carrier_id, s.state, s.state_before, s.tx_hash, s.block_hash,
                   s.block_number, s.signer_told, s.lease_epoch, c.final_number, c.final_hash
            from   execution.nonce_slot s
            join   indexing.v_chain c on c.chain_id = s.chain_id and c.final_number is not null and c.halted_at is null
            left   join execution.nonce_check k on k.slot_id = s.id
            where  s.state in ('sign_requested', 'signed', 'broadcast_unknown', 'accepted')
            and    (k.final_number is null or k.final_number < c.final_number)
            and    (exists (select from execution.head_of_line l where l.slot_id = s.id and l.stuck_at is not null)
                    or (select coalesce(bool_and(n.answer_class is not distinct from 'nonce_too_low'), false)
                        from   execution.prepared_call p
                        join   execution.execution e on e.prepared_call_id = p.id and e.state = 'signed'
                        join   execution.node n on n.execution_id = e.id
                        where  p.slot_id = s.id and p.state = 'live'
                        and    (p.carrier_id = coalesce(s.fill_carrier_id, s.carrier_id)
                                -- The fill that was sealed with a ladder, when it is what is sent.
                                or s.fill_carrier_id is not null
                                   and exists (select from execution.carrier c where c.id = p.carrier_id and c.kind = 'fill'))))
            and    not exists (select from indexing.v_transaction t
                               where t.chain_id = s.chain_id and t."from" = s.account and t.nonce = s.nonce and t.is_canonical)
            order  by s.chain_id, s.account, s.nonce
            limit  @limit
            """;
        return session.Sql(sql).With("limit", limit).ReadAsync(
            reader =>
            {
                NonceSlot slot = SlotStore.Read(reader);
                return new ConsumptionSuspect(slot, reader.Long("final_number"), reader.Hash("final_hash"), slot.Wanted!.Value);
            },
            cancellationToken);
    }

    /// <summary>The block at which the slot's first price was decided: its nonce was free then. Zero when nobody knows.</summary>
    public Task<long> BoundAtAsync(DbSession session, NonceSlot slot, CancellationToken cancellationToken) =>
        session.Sql("select coalesce(min(head_number), 0) from execution.prepared_call where slot_id = @slot").With("slot", slot.Id)
            .ScalarAsync<long>(cancellationToken);

    /// <summary>Remembers that a suspect was asked about at its final block, and what came of it.</summary>
    public Task<int> NoteAsync(DbSession session, ConsumptionSuspect suspect, string answers, CancellationToken cancellationToken) =>
        session.Sql("""
            insert into execution.nonce_check (slot_id, final_number, answers) values (@slot, @final, @answers)
            on conflict (slot_id) do update
            set    final_number = excluded.final_number, answers = excluded.answers, checked_at = storage.clock()
            """)
            .With("slot", suspect.Slot.Id).With("final", suspect.FinalNumber)
            .With("answers", answers.Cut(AnswersLengthMax)).ExecuteAsync(cancellationToken);

    /// <summary>Whether the index holds that very block as final, and no canonical transaction of the account with that nonce.</summary>
    public Task<bool> IsWithoutTransactionAsync(DbSession session, ConsumptionSuspect suspect, CancellationToken cancellationToken) =>
        session.Sql("""
            select exists (select from indexing.v_block
                           where chain_id = @chain and number = @final and hash = @hash and status = 'final')
            and    not exists (select from indexing.v_transaction
                               where chain_id = @chain and "from" = @account and nonce = @nonce and is_canonical)
            """)
            .With("chain", suspect.Slot.Chain).With("final", suspect.FinalNumber).With("hash", suspect.FinalHash)
            .With("account", suspect.Slot.Sender).With("nonce", suspect.Slot.Nonce).ScalarAsync<bool>(cancellationToken);
}
