-- Execution: what a chain charges for a transaction beside gas, as it was forecast for each prepared call, and as a revert paid it.

alter table execution.prepared_call add column data_fee numeric(78,0) not null default 0 check (data_fee >= 0);
alter table execution.revert add column data_fee numeric(78,0) not null default 0 check (data_fee >= 0);
