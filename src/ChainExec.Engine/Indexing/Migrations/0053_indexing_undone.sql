-- Indexing: final transactions that a re-anchored chain took back. An administrator writes them, the service only reads.

create table indexing.undone (
  chain_id     bigint not null references indexing.chain,
  tx_hash      bytea not null check (octet_length(tx_hash) = 32),
  block_hash   bytea not null check (octet_length(block_hash) = 32),
  incarnation  integer not null,
  block_number bigint not null,
  sender       bytea not null check (octet_length(sender) = 20),
  nonce        bigint not null check (nonce >= 0),
  undone_at    timestamptz not null default storage.clock(),
  primary key (chain_id, tx_hash, block_hash, incarnation));

-- What takes its place, whatever hash that has, is found by the nonce.
create index undone_by_nonce on indexing.undone (chain_id, sender, nonce);
create trigger undone_is_append_only before update or delete on indexing.undone
  for each row execute function storage.refuse_change();
create trigger undone_is_not_truncated before truncate on indexing.undone
  for each statement execute function storage.refuse_change();
grant select on indexing.undone to ce_app, ce_read;

create view indexing.v_undone as
  select chain_id, tx_hash, block_hash, incarnation, block_number, sender, nonce, undone_at from indexing.undone;
grant select on indexing.v_undone to ce_app, ce_read;

-- Canonical may become orphaned or final. Final is an end, but for an administrator on a halted chain, who has written down each
-- transaction of ours in it first.
create or replace function indexing.check_block_move() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if old.status = 'final' and new.status = 'orphaned' and pg_has_role(session_user, 'ce_owner', 'member')
     and exists (select from indexing.chain where chain_id = old.chain_id and halted_at is not null)
     and not exists (select from indexing.transaction t
                     where t.chain_id = old.chain_id and t.block_hash = old.hash and t.incarnation = old.incarnation
                     and   not exists (select from indexing.undone u
                                       where u.chain_id = t.chain_id and u.tx_hash = t.tx_hash and u.block_hash = t.block_hash
                                       and   u.incarnation = t.incarnation)) then
    return new;
  end if;
  if old.status <> 'canonical' then
    raise exception 'block % of chain % is % and cannot become %', old.number, old.chain_id, old.status, new.status
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
