-- Indexing: an administrator may take a halted chain back below what was final. The service's role still may not.

create or replace function indexing.keep_promises() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if old.final_number is not null and (new.final_number is null or new.final_number < old.final_number
      or (new.final_number = old.final_number and new.final_hash <> old.final_hash))
     and not (old.halted_at is not null and new.final_number is not null and pg_has_role(session_user, 'ce_owner', 'member')) then
    raise exception 'the final head of chain % cannot go back from % to %', old.chain_id, old.final_number, new.final_number
      using errcode = 'restrict_violation';
  end if;
  if old.halted_at is not null and new.halted_at is null and not pg_has_role(session_user, 'ce_owner', 'member') then
    raise exception 'chain % is halted; an operator ends that', old.chain_id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

-- Canonical may become orphaned or final. Final is an end, but for an administrator on a halted chain, and where nothing of ours is in it.
create or replace function indexing.check_block_move() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if old.status = 'final' and new.status = 'orphaned' and pg_has_role(session_user, 'ce_owner', 'member')
     and exists (select from indexing.chain where chain_id = old.chain_id and halted_at is not null)
     and not exists (select from indexing.transaction t
                     where t.chain_id = old.chain_id and t.block_hash = old.hash and t.incarnation = old.incarnation) then
    return new;
  end if;
  if old.status <> 'canonical' then
    raise exception 'block % of chain % is % and cannot become %', old.number, old.chain_id, old.status, new.status
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
