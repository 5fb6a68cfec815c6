-- Storage: the clock, the record of migrations, nothing of the business.

create schema storage;
grant usage on schema storage to ce_app, ce_read;

create table storage.migration (
  number      integer primary key,
  name        text not null,
  sha256      bytea not null check (octet_length(sha256) = 32),
  applied_at  timestamptz not null default clock_timestamp()
);
grant select on storage.migration to ce_app, ce_read;

-- One row. Only tests move it, and only as an owner: the service's role may read it.
create table storage.clock_offset (
  only_row  boolean primary key default true check (only_row),
  shift     interval not null default interval '0'
);
insert into storage.clock_offset default values;
grant select on storage.clock_offset to ce_app, ce_read;

-- The only clock SQL may read. Volatile on purpose: it is read after locks are held.
create function storage.clock() returns timestamptz
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  select clock_timestamp() + shift from storage.clock_offset
$$;
grant execute on function storage.clock() to ce_app, ce_read;

-- Append-only tables carry this trigger beside the missing privilege, so that an owner's slip is refused too.
create function storage.refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception 'rows of %.% are append-only', tg_table_schema, tg_table_name using errcode = 'restrict_violation';
end
$$;
