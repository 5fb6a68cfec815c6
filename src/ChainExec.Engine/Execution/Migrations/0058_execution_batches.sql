-- Execution: several intents of one account in one transaction.

alter table execution.carrier drop constraint carrier_kind_check;
alter table execution.carrier add constraint carrier_kind_check check (kind in ('intent', 'fill', 'unknown_family', 'batch'));

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

-- Whether the intent may share a transaction with others.
alter table execution.intent add column shares boolean not null default true;
