-- Operations of our accounts by their hashes: anybody may carry them, and the transaction that did is found by the event of the contract.
create table attribution.own_operation (
  chain_id       bigint not null,
  -- The EntryPoint of a user operation, or the Safe of a Safe transaction: only its event counts.
  contract       bytea not null check (octet_length(contract) = 20),
  hash           bytea not null check (octet_length(hash) = 32),
  intent_id      uuid not null,
  registered_at  timestamptz not null default storage.clock(),
  primary key (chain_id, hash, contract, intent_id)
);
grant select, insert on attribution.own_operation to ce_app;
grant select on attribution.own_operation to ce_read;
create trigger own_operation_is_append_only before update or delete on attribution.own_operation
  for each row execute function storage.refuse_change();

create view attribution.v_own_operation as
  select chain_id, contract, hash, intent_id, registered_at from attribution.own_operation;
grant select on attribution.v_own_operation to ce_app, ce_read;
