-- Execution: several intents of one account in one transaction.

alter table execution.carrier drop constraint carrier_kind_check;
alter table execution.carrier add constraint carrier_kind_check check (kind in ('intent', 'fill', 'unknown_family', 'batch'));

-- The signer refused the batch: those that it carried ask alone from then on.
alter table execution.carrier add column refused boolean not null default false;

-- Whose each call of a batch is, in the order of the calls. It is there also for families that this database does not know: the signer's
-- journal says what was signed for whom, and a client that states such a payment again is a member of that batch.
create table execution.carrier_call (
  carrier_id  uuid not null references execution.carrier,
  ordinal     integer not null check (ordinal between 0 and 99),
  family_key  text not null check (family_key ~ '^[A-Za-z0-9._:-]{1,128}$'),
  primary key (carrier_id, ordinal)
);
create index carrier_call_by_family on execution.carrier_call (family_key);
create trigger carrier_call_is_append_only before update or delete on execution.carrier_call
  for each row execute function storage.refuse_change();
grant select, insert on execution.carrier_call to ce_app;
grant select on execution.carrier_call to ce_read;

-- Which intents a transaction was signed for, each shown as its family's root, and whether those are all that its carrier carries: of a
-- batch that the signer's journal brought some may be unknown here.
create or replace view execution.v_transaction_intent as
  select s.chain_id, e.tx_hash, i.root_id as intent_id, c.id as call_id,
         not exists (select from execution.carrier_call f
                     where  f.carrier_id = p.carrier_id
                     and    not exists (select from execution.carrier_member o join execution.intent k on k.id = o.intent_id
                                        where  o.carrier_id = f.carrier_id and k.family_key = f.family_key)) as is_whole
  from   execution.execution e
  join   execution.prepared_call p on p.id = e.prepared_call_id
  join   execution.nonce_slot s on s.id = p.slot_id
  join   execution.carrier_member m on m.carrier_id = p.carrier_id
  join   execution.intent i on i.id = m.intent_id
  left   join calls.v_call c on c.intent_id = i.root_id and c.ordinal = 0
  where  e.state = 'signed';

-- Whether the intent may share a transaction with others.
alter table execution.intent add column shares boolean not null default true;
