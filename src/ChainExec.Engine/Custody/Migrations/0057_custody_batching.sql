-- Custody: accounts that carry several calls in one transaction of their own.

alter table custody.account
  -- The account is delegated (EIP-7702) to a contract of the chain's list, so that it can call itself with a batch. Under user custody the
  -- owner approves each effect, and a batch would hide it.
  add column batches boolean not null default false,
  add constraint batches_under_server_custody check (not batches or custody = 'server');

create or replace view custody.v_account as
  select id as account_id, owner_id, chain_id, address, kind, native_is_customer_money, created_at, custody, batches from custody.account;
