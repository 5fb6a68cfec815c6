-- Facts appended from SQL: for functions that write for the services and must leave their fact in the same transaction, whoever calls.
-- Not granted to anybody: only what runs as the owner (SECURITY DEFINER functions of other modules) may use it. Facts keep the order given.

create function facts.append(p_type text, p_keys text[], p_owners uuid[], p_payloads jsonb[]) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  with now_at as materialized (select storage.clock() as at)
  insert into facts.pending (type, key, owner_id, payload, occurred_at)
  select p_type, f.key, f.owner_id, f.payload, n.at
  from   now_at n cross join unnest(p_keys, p_owners, p_payloads) with ordinality as f(key, owner_id, payload, place)
  order  by f.place
$$;
revoke all on function facts.append(text, text[], uuid[], jsonb[]) from public;

-- What waits for its position, for those who ask whether something left its fact.
create view facts.v_pending as
  select id, type, key, owner_id, payload, occurred_at from facts.pending;
grant select on facts.v_pending to ce_app, ce_read;
