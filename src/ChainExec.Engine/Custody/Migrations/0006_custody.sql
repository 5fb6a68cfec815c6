-- Custody: which addresses are ours, and whose.

create schema custody;
grant usage on schema custody to ce_app, ce_read;

create table custody.account (
  id                        uuid primary key,
  owner_id                  uuid not null,
  chain_id                  bigint not null check (chain_id > 0),
  address                   bytea not null check (octet_length(address) = 20),
  kind                      text not null check (kind in ('eoa')),
  -- The native coin of a sender is the house's float for gas unless it is declared to be the customer's money.
  native_is_customer_money  boolean not null default false,
  created_at                timestamptz not null default storage.clock(),
  unique (chain_id, address)
);
create index account_by_owner on custody.account (owner_id, id);
grant select, insert on custody.account to ce_app;
grant select on custody.account to ce_read;

-- The journal that this database trusts. Another one means that the signer's memory was lost or replaced: nothing is signed until an
-- operator has looked at it.
create table custody.signer_journal (
  only_row    boolean primary key default true check (only_row),
  journal_id  text not null check (length(journal_id) between 1 and 128),
  trusted_at  timestamptz not null default storage.clock(),
  trusted_by  text not null
);
grant select, insert, update on custody.signer_journal to ce_app;
grant select on custody.signer_journal to ce_read;

create view custody.v_account as
  select id as account_id, owner_id, chain_id, address, kind, native_is_customer_money, created_at from custody.account;
grant select on custody.v_account to ce_app, ce_read;
