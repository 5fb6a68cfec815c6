-- Traces: asked for chain by chain, compared between providers, and every decision says what it stands on.

-- What waits is asked for again, for ever: nothing waits that nobody asks for.
update attribution.transaction set next_attempt_at = storage.clock() where state = 'waiting' and next_attempt_at is null;
alter table attribution.transaction
  add constraint waiting_is_asked_for check (state <> 'waiting' or next_attempt_at is not null),
  drop constraint transaction_reason_check,
  add constraint transaction_reason_check check (
    reason in ('trace_unavailable', 'trace_mismatch', 'trace_too_large', 'trace_unusable', 'trace_disputed'));
drop index attribution.transaction_due;
create index transaction_due on attribution.transaction (chain_id, next_attempt_at, id) where next_attempt_at is not null;

-- What each decision with rows stands on.
create table attribution.decision (
  transaction_id  bigint not null references attribution.transaction,
  generation      integer not null check (generation >= 1),
  basis           text not null check (basis in ('receipt', 'trace')),
  -- The providers whose traces were the same in all that is read of them.
  witnesses       text[] not null,
  -- Whether they are as many as the chain asks for, so that what only a trace shows may move money.
  proven          boolean not null,
  -- Assets as they were listed by then, and the batch functions as they were known.
  listed_by       timestamptz not null,
  batch_table     bytea not null check (octet_length(batch_table) = 32),
  decided_at      timestamptz not null default storage.clock(),
  primary key (transaction_id, generation)
);
grant select, insert on attribution.decision to ce_app;
grant select on attribution.decision to ce_read;
create trigger decision_is_append_only before update or delete on attribution.decision
  for each row execute function storage.refuse_change();

create view attribution.v_decision as
  select d.transaction_id, t.chain_id, t.block_hash, t.incarnation, t.tx_hash, d.generation, d.generation = t.generation as is_newest,
         d.basis, d.witnesses, d.proven, d.listed_by, d.batch_table, d.decided_at
  from   attribution.decision d
  join   attribution.transaction t on t.id = d.transaction_id;

-- Native value that calls inside a transaction moved. A DELEGATECALL names the value of the call around it and moves nothing.
create view attribution.v_internal_transfer as
  select f.transaction_id, t.chain_id, t.block_hash, t.incarnation, t.tx_hash, f.frame, f."from", f."to", f.value
  from   attribution.transaction t
  join   attribution.decision d on d.transaction_id = t.id and d.generation = t.generation and d.proven
  join   attribution.frame f on f.transaction_id = t.id and f.generation = t.generation
  where  f.frame > 0 and f.value > 0 and not f.undone and f.type in ('call', 'create', 'create2', 'self_destruct')
  and    f."to" is not null and f."to" <> f."from";
grant select on attribution.v_decision, attribution.v_internal_transfer to ce_app, ce_read;
