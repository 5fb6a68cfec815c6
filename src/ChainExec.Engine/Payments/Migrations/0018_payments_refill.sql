-- Payments: refills of senders by rule.

create schema payments;
grant usage on schema payments to ce_app, ce_read;

create table payments.refill_rule (
  chain_id       bigint not null check (chain_id > 0),
  sender         bytea not null check (octet_length(sender) = 20),
  -- Who pays: an account of this owner, whose native coin is the owner's money.
  owner_id       uuid not null,
  source         bytea not null check (octet_length(source) = 20),
  -- Wei: below the threshold the amount is sent, and of a UTC day no more than the cap.
  threshold      numeric(78,0) not null check (threshold > 0),
  amount         numeric(78,0) not null check (amount > 0),
  daily_cap      numeric(78,0) not null,
  set_by         text not null check (length(set_by) between 1 and 128),
  set_at         timestamptz not null default storage.clock(),
  next_check_at  timestamptz not null default storage.clock(),
  primary key (chain_id, sender),
  check (source <> sender),
  check (daily_cap >= amount)
);
create index refill_due on payments.refill_rule (next_check_at);
grant select, insert, update, delete on payments.refill_rule to ce_app;
grant select on payments.refill_rule to ce_read;

create table payments.refill (
  id         uuid primary key,
  chain_id   bigint not null,
  sender     bytea not null check (octet_length(sender) = 20),
  -- Its number among the refills of the sender, and with that its name at admission.
  ordinal    integer not null check (ordinal > 0),
  owner_id   uuid not null,
  source     bytea not null check (octet_length(source) = 20),
  amount     numeric(78,0) not null check (amount > 0),
  balance    numeric(78,0) not null check (balance >= 0),
  asked_at   timestamptz not null default storage.clock(),
  intent_id  uuid unique,
  unique (chain_id, sender, ordinal)
);
grant select, insert, update (intent_id) on payments.refill to ce_app;
grant select on payments.refill to ce_read;
