-- Custody: accounts that pay in the name of another one, with keys, nonces and money on chain of their own.

alter table custody.account
  -- The account that requests name. One level: who is in a pool has none.
  add column pool_of uuid,
  add column is_front boolean not null generated always as (pool_of is null) stored,
  add column pool_is_front boolean generated always as (case when pool_of is not null then true end) stored,
  add constraint account_is_front unique (id, owner_id, chain_id, custody, native_is_customer_money, is_front),
  -- Of one owner, on one chain, under the service's own custody: an approval is of what one sender does.
  add constraint pool_is_of_the_same foreign key (pool_of, owner_id, chain_id, custody, native_is_customer_money, pool_is_front)
    references custody.account (id, owner_id, chain_id, custody, native_is_customer_money, is_front),
  add constraint pool_under_server_custody check (pool_of is null or custody = 'server');
create index account_by_pool on custody.account (pool_of, address) where pool_of is not null;
grant update (pool_of) on custody.account to ce_app;

create or replace view custody.v_account as
  select id as account_id, owner_id, chain_id, address, kind, native_is_customer_money, created_at, custody, batches, pool_of
  from   custody.account;
