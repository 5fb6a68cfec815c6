-- Facts: the only bus. Writers insert into pending after the guarded update of the entity a fact speaks about, so that ids are
-- causal per entity; one sequencer at a time gives gapless positions; consumers read positions and nothing else.

create schema facts;
grant usage on schema facts to ce_app, ce_read;

create sequence facts.pending_id cache 1;
grant usage on sequence facts.pending_id to ce_app;

create table facts.pending (
  id           bigint primary key default nextval('facts.pending_id'),
  type         text not null check (type ~ '^[a-z_]+\.[a-z_]+$'),
  key          text not null check (length(key) between 1 and 200),
  owner_id     uuid,
  payload      jsonb not null check (octet_length(payload::text) <= 65536),
  occurred_at  timestamptz not null default storage.clock()
);
grant select, insert, delete on facts.pending to ce_app;
grant select on facts.pending to ce_read;

create table facts.stream (
  position      bigint primary key,
  pending_id    bigint not null unique,
  type          text not null,
  key           text not null,
  shard_hash    integer not null check (shard_hash >= 0),
  owner_id      uuid,
  payload       jsonb not null,
  occurred_at   timestamptz not null,
  sequenced_at  timestamptz not null
);
create index stream_by_key on facts.stream (key, position);
create index stream_by_owner on facts.stream (owner_id, position) where owner_id is not null;
grant select, insert on facts.stream to ce_app;
grant select on facts.stream to ce_read;
create trigger stream_is_append_only before update or delete on facts.stream
  for each row execute function storage.refuse_change();
create trigger stream_is_not_truncated before truncate on facts.stream
  for each statement execute function storage.refuse_change();

-- The row lock on head is the election of the sequencer.
create table facts.head (
  only_row  boolean primary key default true check (only_row),
  position  bigint not null default 0
);
insert into facts.head default values;
grant select, update on facts.head to ce_app;
grant select on facts.head to ce_read;

create table facts.cursor (
  consumer    text not null,
  shard       integer not null check (shard >= 0),
  shards      integer not null check (shards > shard),
  position    bigint not null default 0,
  updated_at  timestamptz not null default storage.clock(),
  primary key (consumer, shard)
);
grant select, insert, update on facts.cursor to ce_app;
grant select on facts.cursor to ce_read;

-- What an effect consumer has handled, for ever: a rewind only fills gaps.
create table facts.handled (
  consumer    text not null,
  position    bigint not null references facts.stream,
  handled_at  timestamptz not null default storage.clock(),
  primary key (consumer, position)
);
grant select, insert on facts.handled to ce_app;
grant select on facts.handled to ce_read;
create trigger handled_is_append_only before update or delete on facts.handled
  for each row execute function storage.refuse_change();
create trigger handled_is_not_truncated before truncate on facts.handled
  for each statement execute function storage.refuse_change();

-- A fact that threw, and behind it the later facts of its key in order. Resolved rows stay: they are history.
create table facts.parked (
  consumer         text not null,
  position         bigint not null references facts.stream,
  key              text not null,
  reason           text not null check (reason in ('threw', 'waits_behind')),
  error            text not null check (length(error) <= 4000),
  attempts         integer not null default 1,
  retry_requested  boolean not null default false,
  parked_at        timestamptz not null default storage.clock(),
  resolved_at      timestamptz,
  primary key (consumer, position)
);
create index parked_open on facts.parked (consumer, key, position) where resolved_at is null;
create index parked_due on facts.parked (consumer, position) where resolved_at is null and retry_requested;
grant select, insert, update on facts.parked to ce_app;
grant select on facts.parked to ce_read;

create view facts.v_stream as
  select position, type, key, owner_id, payload, occurred_at, sequenced_at from facts.stream;
create view facts.v_parked as
  select p.consumer, p.position, p.key, s.type, p.reason, p.error, p.attempts, p.parked_at
  from   facts.parked p join facts.stream s using (position)
  where  p.resolved_at is null;
create view facts.v_lag as
  select c.consumer, c.shard, c.position, h.position - c.position as behind
  from   facts.cursor c cross join facts.head h;
grant select on facts.v_stream, facts.v_parked, facts.v_lag to ce_app, ce_read;
