-- Execution: foreign transactions of which an operator proved that they are the payment whose nonce they consumed.

create table execution.adoption (
  slot_id       uuid primary key references execution.nonce_slot,
  -- The member of the family that stands for the payment.
  intent_id     uuid not null unique references execution.intent,
  chain_id      bigint not null,
  tx_hash       bytea not null check (octet_length(tx_hash) = 32),
  block_number  bigint not null,
  reason        text not null check (length(reason) between 1 and 500),
  adopted_by    text not null,
  adopted_at    timestamptz not null default storage.clock(),
  -- A transaction is one payment.
  unique (chain_id, tx_hash)
);
grant select, insert on execution.adoption to ce_app;
grant select on execution.adoption to ce_read;
create trigger adoption_is_append_only before update or delete on execution.adoption for each row execute function storage.refuse_change();

create view execution.v_adoption as
  select a.chain_id, a.tx_hash, i.root_id as intent_id from execution.adoption a join execution.intent i on i.id = a.intent_id;
grant select on execution.v_adoption to ce_app, ce_read;
