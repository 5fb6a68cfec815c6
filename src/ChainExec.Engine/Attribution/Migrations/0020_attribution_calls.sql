-- Attribution by calls: one row for each indexed transaction in each incarnation of its block, and below it, for each time it was decided
-- (its generation), the frames, the operations of accounts, what came of each call, whose each log is, and where effects differ from what
-- was expected. A later generation adds rows; the views show the newest.

create table attribution.transaction (
  id               bigint generated always as identity primary key,
  chain_id         bigint not null,
  block_hash       bytea not null check (octet_length(block_hash) = 32),
  incarnation      integer not null check (incarnation >= 1),
  tx_hash          bytea not null check (octet_length(tx_hash) = 32),
  state            text not null check (state in ('waiting', 'attributed', 'not_needed', 'unattributed', 'dropped')),
  reason           text check (reason in ('trace_unavailable', 'trace_mismatch', 'trace_too_large')),
  detail           text check (length(detail) <= 500),
  basis            text check (basis in ('receipt', 'trace')),
  -- What became of its block; decided or not.
  ended            text check (ended in ('confirmed', 'orphaned')),
  -- How often it was decided with rows below.
  generation       integer not null default 0 check (generation >= 0),
  -- Whether the facts of its final calls are out: once for ever, however often it is decided again.
  told             boolean not null default false,
  trace_asked      boolean not null default false,
  attempts         integer not null default 0 check (attempts >= 0),
  next_attempt_at  timestamptz,
  created_at       timestamptz not null default storage.clock(),
  updated_at       timestamptz not null default storage.clock(),
  unique (chain_id, block_hash, incarnation, tx_hash),
  constraint unattributed_has_reason check ((state = 'unattributed') = (reason is not null)),
  constraint attributed_has_basis check ((state = 'attributed') = (basis is not null)),
  constraint told_is_final check (not told or ended = 'confirmed'),
  constraint orphaned_rests check (ended is distinct from 'orphaned' or next_attempt_at is null)
);
create index transaction_by_hash on attribution.transaction (chain_id, tx_hash);
create index transaction_due on attribution.transaction (next_attempt_at, id) where next_attempt_at is not null;
create index transaction_unattributed on attribution.transaction (chain_id, id) where state = 'unattributed';
grant select on attribution.transaction to ce_app, ce_read;
grant insert (chain_id, block_hash, incarnation, tx_hash, state, basis, generation, next_attempt_at) on attribution.transaction to ce_app;
grant update (state, reason, detail, basis, ended, generation, told, trace_asked, attempts, next_attempt_at, updated_at)
  on attribution.transaction to ce_app;

create table attribution.transaction_history (
  id              bigint generated always as identity primary key,
  transaction_id  bigint not null references attribution.transaction,
  from_state      text,
  event           text not null,
  to_state        text not null,
  reason          text check (length(reason) <= 500),
  actor           text not null,
  at              timestamptz not null default storage.clock()
);
create index transaction_history_by_transaction on attribution.transaction_history (transaction_id, id);
grant select, insert on attribution.transaction_history to ce_app;
grant select on attribution.transaction_history to ce_read;
create trigger transaction_history_is_append_only before update or delete on attribution.transaction_history
  for each row execute function storage.refuse_change();

-- The frames of a traced transaction, in the order in which they were entered.
create table attribution.frame (
  transaction_id  bigint not null references attribution.transaction,
  generation      integer not null check (generation >= 1),
  frame           integer not null check (frame >= 0),
  parent          integer check (parent < frame),
  depth           integer not null check (depth between 0 and 1024),
  position        integer not null check (position >= 0),
  type            text not null,
  "from"          bytea not null check (octet_length("from") = 20),
  "to"            bytea check (octet_length("to") = 20),
  value           numeric(78,0) check (value >= 0),
  gas             numeric(20,0) not null check (gas >= 0),
  gas_used        numeric(20,0) not null check (gas_used >= 0),
  selector        bytea check (octet_length(selector) = 4),
  -- The beginning of the call data: enough for names and plain arguments. What was asked of our own calls is in calls.call, whole.
  input           bytea not null check (octet_length(input) <= 1028),
  input_size      integer not null check (input_size >= octet_length(input)),
  error           text check (length(error) <= 1024),
  revert_reason   text check (length(revert_reason) <= 1024),
  undone          boolean not null,
  primary key (transaction_id, generation, frame),
  check ((parent is null) = (frame = 0))
);
grant select, insert on attribution.frame to ce_app;
grant select on attribution.frame to ce_read;
create trigger frame_is_append_only before update or delete on attribution.frame for each row execute function storage.refuse_change();

-- What accounts did in it.
create table attribution.operation (
  transaction_id  bigint not null references attribution.transaction,
  generation      integer not null check (generation >= 1),
  operation       integer not null check (operation >= 0),
  kind            text not null check (kind in ('direct', 'erc4337', 'safe', 'multicall3', 'eip7702')),
  account         bytea not null check (octet_length(account) = 20),
  contract        bytea not null check (octet_length(contract) = 20),
  user_op_hash    bytea check (octet_length(user_op_hash) = 32),
  succeeded       boolean not null,
  frame           integer not null,
  primary key (transaction_id, generation, operation)
);
create index operation_by_user_op_hash on attribution.operation (user_op_hash) where user_op_hash is not null;
grant select, insert on attribution.operation to ce_app;
grant select on attribution.operation to ce_read;
create trigger operation_is_append_only before update or delete on attribution.operation
  for each row execute function storage.refuse_change();

-- What came of each call that an account was asked for; also of a business call of ours that nothing in the transaction is.
create table attribution.call_result (
  transaction_id  bigint not null references attribution.transaction,
  generation      integer not null check (generation >= 1),
  ordinal         integer not null check (ordinal >= 0),
  operation       integer,
  call_index      integer,
  intent_id       uuid,
  call_id         uuid,
  "to"            bytea check (octet_length("to") = 20),
  value           numeric(78,0) not null check (value >= 0),
  selector        bytea check (octet_length(selector) = 4),
  reached         boolean not null,
  succeeded       boolean not null check (reached or not succeeded),
  frame           integer,
  revert_reason   text check (length(revert_reason) <= 1024),
  -- Shares of the transaction's gas and fee; those of all calls add up to it.
  gas_share       numeric(78,0) not null check (gas_share >= 0),
  fee_share       numeric(78,0) not null check (fee_share >= 0),
  primary key (transaction_id, generation, ordinal),
  check ((operation is null) = (call_index is null)),
  check (operation is not null or call_id is not null),
  check ((call_id is null) = (intent_id is null))
);
-- A business call is one call of one transaction.
create unique index call_result_one_per_call on attribution.call_result (transaction_id, generation, call_id) where call_id is not null;
create index call_result_by_call on attribution.call_result (call_id) where call_id is not null;
create index call_result_by_intent on attribution.call_result (intent_id) where intent_id is not null;
grant select, insert on attribution.call_result to ce_app;
grant select on attribution.call_result to ce_read;
create trigger call_result_is_append_only before update or delete on attribution.call_result
  for each row execute function storage.refuse_change();

-- Whose each log is: a call's, the machinery's around calls, or nobody can say.
create table attribution.log (
  transaction_id  bigint not null references attribution.transaction,
  generation      integer not null check (generation >= 1),
  log_index       integer not null check (log_index >= 0),
  role            text not null check (role in ('call', 'overhead', 'unattributed')),
  frame           integer,
  ordinal         integer,
  primary key (transaction_id, generation, log_index),
  foreign key (transaction_id, generation, ordinal) references attribution.call_result,
  check ((role = 'call') = (ordinal is not null))
);
grant select, insert on attribution.log to ce_app;
grant select on attribution.log to ce_read;
create trigger log_is_append_only before update or delete on attribution.log for each row execute function storage.refuse_change();

-- Where the effects of a business call differ from what was expected of it.
create table attribution.finding (
  transaction_id  bigint not null references attribution.transaction,
  generation      integer not null check (generation >= 1),
  finding         integer not null check (finding >= 0),
  ordinal         integer not null,
  kind            text not null check (kind in ('not_executed', 'failed', 'missing_movement', 'different_amount', 'unexpected_movement')),
  expected        jsonb,
  observed        jsonb,
  found_at        timestamptz not null default storage.clock(),
  primary key (transaction_id, generation, finding),
  foreign key (transaction_id, generation, ordinal) references attribution.call_result
);
grant select, insert on attribution.finding to ce_app;
grant select on attribution.finding to ce_read;
create trigger finding_is_append_only before update or delete on attribution.finding for each row execute function storage.refuse_change();

create view attribution.v_transaction as
  select id as transaction_id, chain_id, block_hash, incarnation, tx_hash, state, reason, detail, basis, ended, generation, attempts,
         next_attempt_at, created_at, updated_at
  from   attribution.transaction;
create view attribution.v_frame as
  select f.transaction_id, t.chain_id, t.block_hash, t.incarnation, t.tx_hash, f.frame, f.parent, f.depth, f.position, f.type, f."from",
         f."to", f.value, f.gas, f.gas_used, f.selector, f.input, f.input_size, f.error, f.revert_reason, f.undone
  from   attribution.frame f
  join   attribution.transaction t on t.id = f.transaction_id and t.generation = f.generation;
create view attribution.v_operation as
  select o.transaction_id, t.chain_id, t.block_hash, t.incarnation, t.tx_hash, o.operation, o.kind, o.account, o.contract, o.user_op_hash,
         o.succeeded, o.frame
  from   attribution.operation o
  join   attribution.transaction t on t.id = o.transaction_id and t.generation = o.generation;
create view attribution.v_call_result as
  select r.transaction_id, t.chain_id, t.block_hash, t.incarnation, t.tx_hash, t.ended, r.ordinal, r.operation, r.call_index, r.intent_id,
         r.call_id, r."to", r.value, r.selector, r.reached, r.succeeded, r.frame, r.revert_reason, r.gas_share, r.fee_share
  from   attribution.call_result r
  join   attribution.transaction t on t.id = r.transaction_id and t.generation = r.generation;
create view attribution.v_log as
  select l.transaction_id, t.chain_id, t.block_hash, t.incarnation, t.tx_hash, l.log_index, l.role, l.frame, l.ordinal, r.intent_id,
         r.call_id
  from   attribution.log l
  join   attribution.transaction t on t.id = l.transaction_id and t.generation = l.generation
  left   join attribution.call_result r
         on r.transaction_id = l.transaction_id and r.generation = l.generation and r.ordinal = l.ordinal;
create view attribution.v_finding as
  select f.transaction_id, t.chain_id, t.block_hash, t.incarnation, t.tx_hash, t.ended, f.finding, f.ordinal, r.intent_id, r.call_id,
         f.kind, f.expected, f.observed, f.found_at
  from   attribution.finding f
  join   attribution.transaction t on t.id = f.transaction_id and t.generation = f.generation
  join   attribution.call_result r on r.transaction_id = f.transaction_id and r.generation = f.generation and r.ordinal = f.ordinal;
grant select on attribution.v_transaction, attribution.v_frame, attribution.v_operation, attribution.v_call_result, attribution.v_log,
  attribution.v_finding to ce_app, ce_read;

-- A movement of a batch names its call as soon as its log does.
create or replace view attribution.v_movement as
  select m.id, m.chain_id, m.block_hash, m.incarnation, m.tx_hash, m.log_index, m.kind, m.asset_id, m."from", m."to", m.amount,
         m.processor, coalesce(m.intent_id, l.intent_id) as intent_id, coalesce(m.call_id, l.call_id) as call_id,
         case when m.call_id is null and l.call_id is not null then 'call' else m.attribution end as attribution,
         case when l.call_id is null then m.reason end as reason, m.recorded_at,
         case when e.phase is null then 'included' else e.phase end as phase,
         coalesce(e.position, i.position)                          as phase_position,
         coalesce(e.at, i.at)                                      as phase_at
  from   attribution.movement m
  join   attribution.movement_phase i on i.movement_id = m.id and i.phase = 'included'
  left   join attribution.movement_phase e on e.movement_id = m.id and e.phase in ('confirmed', 'orphaned')
  left   join attribution.v_log l on l.chain_id = m.chain_id and l.block_hash = m.block_hash and l.incarnation = m.incarnation
         and l.tx_hash = m.tx_hash and l.log_index = m.log_index;
