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
