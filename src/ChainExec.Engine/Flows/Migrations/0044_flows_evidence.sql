-- What is known of the tries of an effect: how long the provider may know its key, since when it is tried, whether it may have been taken.

alter table flows.effect
  add column first_sent_at  timestamptz,
  add column tried_since    timestamptz,
  add column tries          integer not null default 0,
  add column maybe_taken    boolean not null default false;
update flows.effect set first_sent_at = last_sent_at, tried_since = last_sent_at, maybe_taken = sends > 0;

-- An event that tells something else under an id that came before is kept apart: no rule takes it, and its money is in suspense.
alter table flows.event drop constraint event_state_check;
alter table flows.event add constraint event_state_check check (state in ('waiting', 'consumed', 'apart'));
alter table flows.event drop constraint event_check1;
alter table flows.event add constraint event_check1 check (state <> 'consumed' or not suspended);

-- Decisions of people that are told: until the engine has come to one, nobody decides the same question of the same firing again.
create table flows.decision (
  decision    uuid primary key,
  asked_by    uuid not null,
  question    text not null check (length(question) between 1 and 500),
  decided_at  timestamptz not null default storage.clock()
);
create index decision_of_question on flows.decision (asked_by, question);
grant select, insert on flows.decision to ce_app;
grant select on flows.decision to ce_read;

-- What is signed and cannot be used is kept without a bound, apart from what anybody may have sent.
alter table flows.external_event add column signed boolean not null default false;
create or replace view flows.v_external_event as
  select id, provider, event_id, verified, reason, headers, body, events, received_at, signed from flows.external_event;

-- Which call of a context it is: the key is of that, and of no time.
alter table flows.effect add column rule text, add column place integer;
create index effect_of_context on flows.effect (context_id);
