-- Flows: contexts, their rules, the tree of what fired, all derived from facts in their order; and the outbox of what is asked outside.

create schema flows;
grant usage on schema flows to ce_app, ce_read;

-- What ran. A context keeps the fingerprint it started with.
create table flows.definition (
  flow         text not null check (flow ~ '^[a-z][a-z0-9_]{0,59}$'),
  version      integer not null check (version > 0),
  fingerprint  text not null check (fingerprint ~ '^[0-9a-f]{64}$'),
  text         text not null,
  stored_at    timestamptz not null default storage.clock(),
  primary key (flow, version, fingerprint)
);
grant select, insert on flows.definition to ce_app;
grant select on flows.definition to ce_read;
create trigger definition_is_append_only before update or delete on flows.definition
  for each row execute function storage.refuse_change();

create table flows.context (
  id                uuid primary key,
  key               text not null unique check (length(key) between 1 and 200),
  flow              text not null,
  version           integer not null,
  fingerprint       text not null,
  owner_id          uuid,
  state             text not null check (state in ('open', 'ended')),
  outcome           text check (length(outcome) between 1 and 60),
  data              jsonb not null check (octet_length(data::text) <= 65536),
  next_ordinal      integer not null check (next_ordinal > 0),
  started_position  bigint not null,
  started_at        timestamptz not null,
  ended_position    bigint,
  ended_at          timestamptz,
  foreign key (flow, version, fingerprint) references flows.definition,
  check ((state = 'ended') = (outcome is not null)),
  check ((state = 'ended') = (ended_position is not null)),
  check ((state = 'ended') = (ended_at is not null))
);
create index context_open on flows.context (flow, version, fingerprint) where state = 'open';
create index context_of_owner on flows.context (owner_id, id) where owner_id is not null;
grant select, insert on flows.context to ce_app;
grant update (state, outcome, data, next_ordinal, ended_position, ended_at) on flows.context to ce_app;
grant select on flows.context to ce_read;

-- One row per key, before there is a context: whoever brings an event or a rule locks it first, so that neither overlooks the other.
create table flows.correlation (
  key         text primary key check (length(key) between 1 and 200),
  context_id  uuid references flows.context
);
create index correlation_of_context on flows.correlation (context_id) where context_id is not null;
grant select, insert, update on flows.correlation to ce_app;
grant select on flows.correlation to ce_read;

-- The tree: every firing, every expiry and every effect. A rule fires once and expires once, whoever tries.
create table flows.node (
  id              uuid primary key,
  context_id      uuid not null references flows.context,
  parent_id       uuid references flows.node,
  ordinal         integer not null check (ordinal >= 0),
  kind            text not null check (kind in ('firing', 'expiry', 'effect')),
  name            text not null check (length(name) between 1 and 120),
  state           text not null check (state in ('done', 'left_out', 'refused', 'pending', 'confirmed', 'rejected')),
  rule_id         uuid,
  position        bigint not null,
  event_position  bigint,
  at              timestamptz not null,
  detail          jsonb not null default '{}' check (octet_length(detail::text) <= 16384),
  unique (context_id, ordinal),
  unique (rule_id, kind)
);
grant select, insert, update (state, detail) on flows.node to ce_app;
grant select on flows.node to ce_read;

create table flows.rule (
  id                 uuid primary key,
  context_id         uuid not null references flows.context,
  ordinal            integer not null,
  name               text not null check (length(name) between 1 and 100),
  state              text not null check (state in ('waiting', 'consumed', 'retracted')),
  spawned_by         uuid references flows.node,
  bound_effect       uuid references flows.node,
  bound_outcome      text check (bound_outcome in ('confirmed', 'rejected')),
  -- For a rule that waits for several events: which of them have come.
  heard              integer[] not null default '{}',
  spawned_position   bigint not null,
  resolved_position  bigint,
  expires_at         timestamptz,
  expired_position   bigint,
  unique (context_id, ordinal),
  check ((bound_effect is null) = (bound_outcome is null)),
  check ((state = 'waiting') = (resolved_position is null))
);
create index rule_waiting on flows.rule (context_id, ordinal) where state = 'waiting';
grant select, insert, update (state, heard, resolved_position, expired_position) on flows.rule to ce_app;
grant select on flows.rule to ce_read;
alter table flows.node add foreign key (rule_id) references flows.rule;

-- Every event that came, for ever: an id that came before does nothing.
create table flows.event (
  position   bigint primary key,
  event_id   text not null unique check (length(event_id) between 1 and 200),
  type       text not null,
  key        text not null references flows.correlation,
  state      text not null check (state in ('waiting', 'consumed')),
  rule_id    uuid references flows.rule,
  -- Booked to suspense, because it proves money and no rule took it.
  suspended  boolean not null default false,
  check ((state = 'consumed') = (rule_id is not null)),
  check (state = 'waiting' or not suspended)
);
create index event_waiting on flows.event (key, position) where state = 'waiting';
grant select, insert, update (state, rule_id, suspended) on flows.event to ce_app;
grant select on flows.event to ce_read;

-- Waits that are not over. A row goes when its rule is resolved or has expired; told, when the fact is on its way.
create table flows.timer (
  rule_id     uuid primary key references flows.rule,
  context_id  uuid not null,
  key         text not null,
  due_at      timestamptz not null,
  told        boolean not null default false
);
create index timer_due on flows.timer (due_at) where not told;
grant select, insert, delete, update (told) on flows.timer to ce_app;
grant select on flows.timer to ce_read;

-- What is asked outside. The key is one for the life of the effect.
create table flows.effect (
  id            uuid primary key references flows.node,
  context_id    uuid not null references flows.context,
  context_key   text not null,
  key           text not null unique check (key ~ '^[0-9a-f]{64}$'),
  provider      text not null check (length(provider) between 1 and 60),
  operation     text not null check (length(operation) between 1 and 60),
  request       jsonb not null check (octet_length(request::text) <= 65536),
  state         text not null check (state in ('prepared', 'sent', 'unknown', 'dead', 'confirmed', 'rejected')),
  result        jsonb,
  sends         integer not null default 0,
  not_found     integer not null default 0,
  moves         integer not null default 0,
  last_sent_at  timestamptz,
  next_at       timestamptz not null default storage.clock(),
  lease_epoch   bigint not null default 0,
  leased_until  timestamptz,
  check ((state in ('confirmed', 'rejected')) = (result is not null))
);
create index effect_due on flows.effect (next_at, id) where state in ('prepared', 'sent', 'unknown');
grant select, insert, update on flows.effect to ce_app;
grant select on flows.effect to ce_read;

-- Every move of an effect, and with it every attempt and what was answered.
create table flows.effect_move (
  effect_id   uuid not null references flows.effect,
  number      integer not null check (number > 0),
  from_state  text not null,
  event       text not null,
  to_state    text not null,
  detail      jsonb not null check (octet_length(detail::text) <= 65536),
  actor       text not null check (length(actor) between 1 and 128),
  at          timestamptz not null default storage.clock(),
  primary key (effect_id, number)
);
grant select, insert on flows.effect_move to ce_app;
grant select on flows.effect_move to ce_read;
create trigger effect_move_is_append_only before update or delete on flows.effect_move
  for each row execute function storage.refuse_change();

-- A provider that fails again and again is left alone for a while.
create table flows.circuit (
  provider    text primary key,
  failures    integer not null default 0,
  open_until  timestamptz
);
grant select, insert, update on flows.circuit to ce_app;
grant select on flows.circuit to ce_read;

-- What an operator must look at.
create table flows.discrepancy (
  id                 uuid primary key,
  kind               text not null check (length(kind) between 1 and 60),
  key                text not null,
  context_id         uuid references flows.context,
  event_position     bigint,
  effect_id          uuid,
  asset              text,
  amount             numeric(78,0) check (amount > 0),
  detail             text not null check (length(detail) between 1 and 1000),
  position           bigint not null,
  opened_at          timestamptz not null,
  resolved_position  bigint,
  check ((asset is null) = (amount is null))
);
create unique index discrepancy_of_event on flows.discrepancy (event_position) where event_position is not null;
create index discrepancy_of_effect on flows.discrepancy (effect_id) where effect_id is not null and resolved_position is null;
create index discrepancy_open on flows.discrepancy (opened_at, id) where resolved_position is null;
grant select, insert, update (resolved_position) on flows.discrepancy to ce_app;
grant select on flows.discrepancy to ce_read;

-- Evidence from outside as it came, bytes and headers. What could not be verified is kept apart from what counts, and is bounded.
create table flows.external_event (
  id           uuid primary key,
  provider     text not null check (length(provider) between 1 and 60),
  event_id     text check (length(event_id) between 1 and 200),
  verified     boolean not null,
  reason       text check (length(reason) between 1 and 200),
  headers      jsonb not null check (octet_length(headers::text) <= 8192),
  body         bytea not null check (octet_length(body) <= 262144),
  events       integer not null default 0 check (events >= 0),
  received_at  timestamptz not null default storage.clock(),
  check (verified = (reason is null)),
  check (not verified or event_id is not null)
);
create unique index external_event_once on flows.external_event (provider, event_id) where verified;
create index external_event_quarantined on flows.external_event (provider, received_at) where not verified;
grant select, insert on flows.external_event to ce_app;
grant select on flows.external_event to ce_read;
create trigger external_event_is_append_only before update or delete on flows.external_event
  for each row execute function storage.refuse_change();

create view flows.v_context as
  select id, key, flow, version, fingerprint, owner_id, state, outcome, data, started_position, started_at, ended_position, ended_at
  from   flows.context;
create view flows.v_rule as
  select id, context_id, ordinal, name, state, spawned_by, bound_effect, bound_outcome, heard, spawned_position, resolved_position,
         expires_at, expired_position
  from   flows.rule;
create view flows.v_node as
  select id, context_id, parent_id, ordinal, kind, name, state, rule_id, position, event_position, at, detail from flows.node;
create view flows.v_event as
  select position, event_id, type, key, state, rule_id, suspended from flows.event;
create view flows.v_effect as
  select id, context_id, key, provider, operation, state, result, sends, last_sent_at, next_at from flows.effect;
create view flows.v_effect_move as
  select effect_id, number, from_state, event, to_state, detail, actor, at from flows.effect_move;
create view flows.v_discrepancy as
  select id, kind, key, context_id, event_position, effect_id, asset, amount, detail, position, opened_at, resolved_position
  from   flows.discrepancy;
create view flows.v_external_event as
  select id, provider, event_id, verified, reason, headers, body, events, received_at from flows.external_event;
grant select on flows.v_context, flows.v_rule, flows.v_node, flows.v_event, flows.v_effect, flows.v_effect_move, flows.v_discrepancy,
  flows.v_external_event to ce_app, ce_read;
