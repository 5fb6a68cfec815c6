-- Indexing: native balances at final blocks, to see what contracts paid to accounts of ours: that has no transaction of its own.

create table indexing.native_balance (
  chain_id  bigint not null references indexing.chain,
  address   bytea not null check (octet_length(address) = 20),
  number    bigint not null check (number >= 0),
  hash      bytea not null check (octet_length(hash) = 32),
  balance   numeric(78,0) not null check (balance >= 0),
  -- The highest nonce of a transaction of its own up to that block; -1 when there is none.
  nonce     bigint not null check (nonce >= -1),
  at        timestamptz not null default storage.clock(),
  primary key (chain_id, address)
);
grant select, insert, update (number, hash, balance, nonce, at) on indexing.native_balance to ce_app;
grant select on indexing.native_balance to ce_read;

create table indexing.native_difference (
  id           bigint generated always as identity primary key,
  chain_id     bigint not null references indexing.chain,
  address      bytea not null check (octet_length(address) = 20),
  from_number  bigint not null,
  to_number    bigint not null check (to_number > from_number),
  to_hash      bytea not null check (octet_length(to_hash) = 32),
  balance      numeric(78,0) not null check (balance >= 0),
  -- The balance less what was expected.
  difference   numeric(80,0) not null check (difference <> 0),
  at           timestamptz not null default storage.clock()
);
create index native_difference_by_account on indexing.native_difference (chain_id, address, id);
grant select, insert on indexing.native_difference to ce_app;
grant select on indexing.native_difference to ce_read;
create trigger native_difference_is_append_only before update or delete on indexing.native_difference
  for each row execute function storage.refuse_change();

-- Where the walk over the accounts of a chain is.
create table indexing.native_walk (
  chain_id  bigint primary key references indexing.chain,
  after     bytea not null check (octet_length(after) in (0, 20)),
  at        timestamptz not null default storage.clock()
);
grant select, insert, update (after, at) on indexing.native_walk to ce_app;
grant select on indexing.native_walk to ce_read;

-- Payments alone: most transactions with logs have no value, and cost this index nothing.
create index transaction_by_recipient on indexing.transaction (chain_id, "to", block_number) where value > 0;

create view indexing.v_native_balance as select chain_id, address, number, hash, balance, at from indexing.native_balance;
create view indexing.v_native_difference as
  select chain_id, id, address, from_number, to_number, to_hash, balance, difference, at from indexing.native_difference;
grant select on indexing.v_native_balance, indexing.v_native_difference to ce_app, ce_read;
