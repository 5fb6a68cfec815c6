-- Execution: which nonces were resolved by a final block, for whoever wants to take that block back.

create view execution.v_resolved_slot as
  select chain_id, account as sender, nonce, state, block_number, block_hash
  from   execution.nonce_slot
  where  state in ('finalized', 'filled', 'adopted', 'externally_consumed');
grant select on execution.v_resolved_slot to ce_app, ce_read;
