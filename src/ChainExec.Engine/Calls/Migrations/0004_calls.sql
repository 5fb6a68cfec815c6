-- Calls: the asset registry and the business calls, with everything that was asked kept as it was asked.

create schema calls;
grant usage on schema calls to ce_app, ce_read;

-- Anyone can emit a log: only contracts listed here reach ledger or suspense.
create table calls.asset (
  id         text primary key check (id ~ '^[a-z0-9][a-z0-9.-]{1,62}$'),
  chain_id   bigint not null check (chain_id > 0),
  contract   bytea check (octet_length(contract) = 20),
  symbol     text not null check (length(symbol) between 1 and 32),
  decimals   integer not null check (decimals between 0 and 77),
  listed_at  timestamptz not null default storage.clock(),
  unique nulls not distinct (chain_id, contract)
);
grant select, insert on calls.asset to ce_app;
grant select on calls.asset to ce_read;

create table calls.call (
  id          uuid primary key,
  intent_id   uuid not null,
  ordinal     integer not null check (ordinal >= 0),
  chain_id    bigint not null,
  type        text not null,
  request     jsonb not null,
  "to"        bytea not null check (octet_length("to") = 20),
  value       numeric(78,0) not null check (value >= 0),
  data        bytea not null check (octet_length(data) <= 131072),
  expected    jsonb not null,
  category    text,
  tags        jsonb not null,
  context     jsonb not null,
  created_at  timestamptz not null default storage.clock(),
  unique (intent_id, ordinal)
);
grant select, insert on calls.call to ce_app;
grant select on calls.call to ce_read;
create trigger call_is_append_only before update or delete on calls.call for each row execute function storage.refuse_change();

create view calls.v_asset as select id, chain_id, contract, symbol, decimals from calls.asset;
create view calls.v_call as
  select id, intent_id, ordinal, chain_id, type, request, "to", value, data, expected, category, tags, context, created_at from calls.call;
grant select on calls.v_asset, calls.v_call to ce_app, ce_read;
