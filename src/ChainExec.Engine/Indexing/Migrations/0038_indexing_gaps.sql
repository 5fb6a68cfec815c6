-- Indexing: what is missing of final blocks behind the tip. A sweep reads blocks again; accounts that come late are looked for in the
-- blocks before.

create table indexing.sweep (
  id        bigint generated always as identity primary key,
  chain_id  bigint not null references indexing.chain,
  number    bigint not null check (number >= 0),
  hash      bytea not null check (octet_length(hash) = 32),
  proof     text not null check (proof in ('none', 'bloom', 'receipts')),
  -- Transactions of ours in it, and those of them that had no row.
  found     integer not null check (found >= 0),
  added     integer not null check (added between 0 and found),
  at        timestamptz not null default storage.clock()
);
create index sweep_by_chain on indexing.sweep (chain_id, id);
grant select, insert on indexing.sweep to ce_app;
grant select on indexing.sweep to ce_read;
create trigger sweep_is_append_only before update or delete on indexing.sweep
  for each row execute function storage.refuse_change();

create table indexing.account_scan (
  chain_id        bigint not null references indexing.chain,
  address         bytea not null check (octet_length(address) = 20),
  registered_at   timestamptz not null,
  -- Every block above it was, or will be, looked at with this account.
  tip_number      bigint not null,
  -- The final block at which its balances were read, at or above that; and whether one of them was not zero.
  checked_number  bigint check (checked_number >= tip_number),
  checked_hash    bytea check (octet_length(checked_hash) = 32),
  holds           boolean,
  -- While earlier blocks are read: the next height.
  next_number     bigint,
  -- Transactions that were found for it and for the accounts that were scanned together with it.
  added           integer not null default 0,
  done_at         timestamptz,
  primary key (chain_id, address),
  check ((checked_number is null) = (checked_hash is null) and (checked_number is null) = (holds is null))
);
create index account_scan_by_age on indexing.account_scan (chain_id, registered_at);
create index account_scan_open on indexing.account_scan (chain_id, next_number) where done_at is null;
grant select, insert on indexing.account_scan to ce_app;
grant update (checked_number, checked_hash, holds, next_number, added, done_at) on indexing.account_scan to ce_app;
grant select on indexing.account_scan to ce_read;

create view indexing.v_sweep as select chain_id, id, number, hash, proof, found, added, at from indexing.sweep;
create view indexing.v_account_scan as
  select chain_id, address, registered_at, tip_number, checked_number, checked_hash, holds, next_number, added, done_at
  from   indexing.account_scan;
grant select on indexing.v_sweep, indexing.v_account_scan to ce_app, ce_read;
