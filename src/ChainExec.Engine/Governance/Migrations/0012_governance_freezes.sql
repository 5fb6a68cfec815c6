-- Governance: freezes and halts. A freeze stops one owner, account or address; a halt stops signing and first sends on a chain, or
-- everywhere.

create table governance.freeze (
  id         uuid primary key,
  scope      text not null check (scope in ('all', 'chain', 'owner', 'account', 'address')),
  -- A chain id, an owner's or account's id, an address in lower case; '*' for all.
  subject    text not null check (length(subject) between 1 and 100),
  reason     text not null check (length(reason) between 1 and 500),
  frozen_by  text not null,
  frozen_at  timestamptz not null default storage.clock(),
  lifted_by  text,
  lifted_at  timestamptz,
  check ((lifted_by is null) = (lifted_at is null)),
  check ((scope = 'all') = (subject = '*'))
);
create unique index freeze_open on governance.freeze (scope, subject) where lifted_at is null;
grant select, insert, update (lifted_by, lifted_at) on governance.freeze to ce_app;
grant select on governance.freeze to ce_read;

create view governance.v_freeze as
  select id, scope, subject, reason, frozen_by, frozen_at from governance.freeze where lifted_at is null;
grant select on governance.v_freeze to ce_app, ce_read;
