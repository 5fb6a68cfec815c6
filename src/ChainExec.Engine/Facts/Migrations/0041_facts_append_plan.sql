-- Facts: append as before, in a language that keeps plans: a function in SQL is parsed and planned anew by each statement that calls it.
create or replace function facts.append(p_type text, p_keys text[], p_owners uuid[], p_payloads jsonb[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  now_at timestamptz := storage.clock();
begin
  insert into facts.pending (type, key, owner_id, payload, occurred_at)
  select p_type, f.key, f.owner_id, f.payload, now_at
  from   unnest(p_keys, p_owners, p_payloads) with ordinality as f(key, owner_id, payload, place)
  order  by f.place;
end
$$;
