-- Attribution: a processor moves with what is there for it. Nothing of that left is not behind, whatever others have told since.

create or replace view attribution.v_processor as
  select p.name, p.position,
         case when n.position is null then 0 else (select max(position) from facts.v_stream) - p.position end as behind,
         p.registered_at, p.updated_at,
         (select count(*) from attribution.parked_block b where b.processor = p.name and b.resolved_at is null) as parked, p.version
  from   attribution.processor p
  left   join lateral (
    select s.position from facts.v_stream s
    where  s.position > p.position
    and    s.type in ('attribution.transaction_decided', 'attribution.transaction_confirmed', 'attribution.transaction_reversed')
    order  by s.position limit 1) n on true;
