-- Admission: the idempotency of requests, and the foreign keys between the rooms that one admission writes.

create schema admission;
grant usage on schema admission to ce_app, ce_read;

-- Scoped to the client, not to its API key. Kept for ever: a nonce slot may stay open longer than any retention we would dare to set.
create table admission.request (
  owner_id      uuid not null references governance.owner,
  key           text not null check (length(key) between 1 and 255),
  request_hash  bytea not null check (octet_length(request_hash) = 32),
  intent_id     uuid not null unique,
  -- Text, not jsonb, which would order and space it anew: a repetition is answered word for word.
  response      text not null check (length(response) between 1 and 1000000),
  created_at    timestamptz not null default storage.clock(),
  primary key (owner_id, key)
);
grant select, insert on admission.request to ce_app;
grant select on admission.request to ce_read;
create trigger request_is_append_only before update or delete on admission.request
  for each row execute function storage.refuse_change();

alter table custody.account add foreign key (owner_id) references governance.owner (id);
alter table execution.intent add foreign key (owner_id) references governance.owner (id);
alter table execution.intent add foreign key (account_id) references custody.account (id);
-- Invariant 5: the hold that an intent names exists.
alter table execution.intent add foreign key (hold_id) references ledger.hold (id);
alter table calls.call add foreign key (intent_id) references execution.intent (id);
alter table admission.request add foreign key (intent_id) references execution.intent (id);
