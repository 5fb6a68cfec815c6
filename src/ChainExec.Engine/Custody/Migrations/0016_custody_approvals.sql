-- Custody: accounts whose owner approves each effect, and the approvals that were asked for.

alter table custody.account
  -- server: signed at once. user: signed after its owner gave a one-time password, which only the signer can check.
  add column custody text not null default 'server' check (custody in ('server', 'user'));

create or replace view custody.v_account as
  select id as account_id, owner_id, chain_id, address, kind, native_is_customer_money, created_at, custody from custody.account;

create table custody.approval (
  id             uuid primary key,
  -- The member of the family that waits for it.
  intent_id      uuid not null,
  -- What the owner sees: no price of the effect ever costs more.
  max_total_fee  numeric(78,0) not null check (max_total_fee > 0),
  state          text not null check (state in ('asked', 'approved', 'rejected', 'expired', 'withdrawn')),
  asked_at       timestamptz not null default storage.clock(),
  -- Until when it can be given, and until when the first signature under it can be asked for.
  expires_at     timestamptz not null,
  decided_at     timestamptz,
  decided_by     text check (length(decided_by) <= 128),
  reason         text check (length(reason) <= 500),
  check (expires_at > asked_at),
  constraint decided_by_somebody check ((state = 'asked') = (decided_at is null) and (state = 'asked') = (decided_by is null))
);
create unique index one_open_approval on custody.approval (intent_id) where state = 'asked';
create index approval_by_intent on custody.approval (intent_id, id);
grant select, insert, update (state, decided_at, decided_by, reason) on custody.approval to ce_app;
grant select on custody.approval to ce_read;

-- A decision is for ever: asking again is another row.
create function custody.keep_decision() returns trigger
language plpgsql
as $$
begin
  if old.state <> 'asked' then
    raise exception 'approval % is % already', old.id, old.state using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger approval_is_decided_once before update on custody.approval for each row execute function custody.keep_decision();

create view custody.v_approval as
  select id as approval_id, intent_id, max_total_fee, state, asked_at, expires_at, decided_at, decided_by, reason from custody.approval;
grant select on custody.v_approval to ce_app, ce_read;
