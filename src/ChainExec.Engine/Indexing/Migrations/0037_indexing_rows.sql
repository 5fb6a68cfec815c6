-- Indexing: fewer and shorter keys for each row. A transaction is looked for by its hash, in the blocks that held it: its primary key
-- begins with the hash and does the work of an index of its own. Logs are looked for by their transaction, whatever block it was in:
-- before, that read every log of the chain.

alter table indexing.log drop constraint log_chain_id_block_hash_incarnation_tx_hash_fkey;
alter table indexing.transaction drop constraint transaction_pkey;
alter table indexing.transaction add primary key (chain_id, tx_hash, block_hash, incarnation);
drop index indexing.transaction_by_hash;
alter table indexing.log add foreign key (chain_id, tx_hash, block_hash, incarnation)
  references indexing.transaction (chain_id, tx_hash, block_hash, incarnation);
drop index indexing.log_by_transaction;
create index log_by_transaction on indexing.log (chain_id, tx_hash, log_index);
