-- Execution: what is observed about senders and nonces beyond the transactions that the index holds.

-- The lowest open nonce of each sender as the watchdog last saw it. It is unhealthy when it stays for too long; nothing is bound above it.
create table execution.head_of_line (
  chain_id  bigint not null,
  sender    bytea not null check (octet_length(sender) = 20),
  slot_id   uuid not null references execution.nonce_slot,
  -- What it has reached: going to and fro between broadcast_unknown and accepted, or a higher price, is no movement.
  phase     text not null check (phase in ('reserved', 'sign_requested', 'signed', 'sent')),
  since     timestamptz not null default storage.clock(),
  stuck_at  timestamptz,
  primary key (chain_id, sender)
);
grant select, insert, delete, update (stuck_at) on execution.head_of_line to ce_app;
grant select on execution.head_of_line to ce_read;

-- How many of a sender are mined and not final is asked at each bind.
create index slot_mined on execution.nonce_slot (chain_id, account) where state = 'mined';

-- A nonce can be consumed without a transaction of its account: by an EIP-7702 authorization, or by a CREATE of delegated code.
alter table execution.nonce_slot drop constraint mined_has_block;
alter table execution.nonce_slot add constraint mined_has_block check (
  (state not in ('mined', 'finalized', 'filled', 'taken', 'adopted')
   or (tx_hash is not null and block_hash is not null and block_number is not null))
  and (state <> 'externally_consumed' or (block_hash is not null and block_number is not null)));

-- At which final block the providers were last asked whether the nonce of an open slot is consumed, and what they said.
create table execution.nonce_check (
  slot_id       uuid primary key references execution.nonce_slot,
  final_number  bigint not null,
  answers       text not null default '' check (length(answers) <= 2000),
  checked_at    timestamptz not null default storage.clock()
);
grant select, insert, update on execution.nonce_check to ce_app;
grant select on execution.nonce_check to ce_read;

-- Transactions of ours that reverted for ever: what they paid, and when a node is asked next why.
create table execution.revert (
  chain_id             bigint not null,
  tx_hash              bytea not null check (octet_length(tx_hash) = 32),
  intent_id            uuid not null references execution.intent,
  slot_id              uuid not null references execution.nonce_slot,
  block_number         bigint not null check (block_number > 0),
  gas_used             numeric(78,0) not null check (gas_used >= 0),
  effective_gas_price  numeric(78,0) not null check (effective_gas_price >= 0),
  at                   timestamptz not null default storage.clock(),
  tries                integer not null default 0,
  next_try_at          timestamptz default storage.clock(),
  primary key (chain_id, tx_hash)
);
create index revert_by_intent on execution.revert (intent_id);
create index revert_due on execution.revert (next_try_at) where next_try_at is not null;
grant select, insert, update (tries, next_try_at) on execution.revert to ce_app;
grant select on execution.revert to ce_read;

-- Why, in the contract's own words as far as a node could tell: evidence for a person, never decided upon.
create table execution.revert_reason (
  chain_id  bigint not null,
  tx_hash   bytea not null,
  kind      text not null check (kind in ('error_string', 'panic', 'custom', 'empty', 'out_of_gas', 'unknown')),
  message   text not null check (length(message) <= 1000),
  provider  text check (length(provider) <= 100),
  found_at  timestamptz not null default storage.clock(),
  primary key (chain_id, tx_hash),
  foreign key (chain_id, tx_hash) references execution.revert
);
grant select, insert on execution.revert_reason to ce_app;
grant select on execution.revert_reason to ce_read;
create trigger revert_reason_is_append_only before update or delete on execution.revert_reason
  for each row execute function storage.refuse_change();
