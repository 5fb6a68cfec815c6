-- Indexing: what a rollup charged for publishing a transaction, beside gas.

alter table indexing.transaction add column data_fee numeric(78,0) check (data_fee >= 0);

create or replace view indexing.v_transaction as
  select t.chain_id, t.block_number, t.block_hash, t.incarnation, b.block_time, t.tx_hash, t.tx_index, t."from", t."to",
         t.nonce, t.value, t.succeeded, t.input_hash, t.gas_used, t.effective_gas_price,
         b.status, b.status in ('canonical', 'final') as is_canonical, b.observed_at, t.data_fee
  from   indexing.transaction t
  join   indexing.block b on b.chain_id = t.chain_id and b.hash = t.block_hash and b.incarnation = t.incarnation;
