-- Governance: lists of screened addresses. An entry is a freeze of its address that belongs to the list: who lifts a freeze made by hand
-- does not take an address off a list, nor the other way round.
alter table governance.freeze
  add column list text check (list ~ '^[a-z0-9][a-z0-9_.-]{0,63}$'),
  add constraint freeze_list_of_addresses check (list is null or scope = 'address');
drop index governance.freeze_open;
create unique index freeze_open on governance.freeze (scope, subject, coalesce(list, '')) where lifted_at is null;
create index freeze_open_of_list on governance.freeze (list) where lifted_at is null and list is not null;

create or replace view governance.v_freeze as
  select id, scope, subject, reason, frozen_by, frozen_at, list from governance.freeze where lifted_at is null;
