-- Storage: the same clock, in a language that keeps plans. A function in SQL is parsed and planned anew by each statement that calls it.
create or replace function storage.clock() returns timestamptz
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return (select clock_timestamp() + shift from storage.clock_offset);
end
$$;
