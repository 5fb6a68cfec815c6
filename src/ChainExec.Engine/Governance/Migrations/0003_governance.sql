-- Governance: whoever asks is somebody. A key sees its owner's things only, and every mutation of this module is audited.

create schema governance;
grant usage on schema governance to ce_app, ce_read;

create table governance.owner (
  id          uuid primary key,
  name        text not null unique check (length(name) between 1 and 100),
  created_at  timestamptz not null default storage.clock()
);
grant select, insert on governance.owner to ce_app;
grant select on governance.owner to ce_read;

-- The secret is random with 256 bits, so its plain hash is enough; the secret itself is shown once and stored nowhere.
create table governance.api_key (
  id           uuid primary key,
  owner_id     uuid not null references governance.owner,
  name         text not null check (length(name) between 1 and 100),
  prefix       text not null,
  secret_hash  bytea not null unique check (octet_length(secret_hash) = 32),
  created_at   timestamptz not null default storage.clock(),
  revoked_at   timestamptz
);
grant select, insert, update (revoked_at) on governance.api_key to ce_app;
grant select (id, owner_id, name, prefix, created_at, revoked_at) on governance.api_key to ce_read;

create table governance.audit (
  id       bigint generated always as identity primary key,
  at       timestamptz not null default storage.clock(),
  actor    text not null,
  action   text not null,
  subject  text not null,
  details  jsonb not null default '{}'
);
grant select, insert on governance.audit to ce_app;
grant select on governance.audit to ce_read;
create trigger audit_is_append_only before update or delete on governance.audit for each row execute function storage.refuse_change();

create view governance.v_owner as select id as owner_id, name, created_at from governance.owner;
grant select on governance.v_owner to ce_app, ce_read;
