-- Indexing: where each provider stood when it was last asked.
create view indexing.v_provider_head as select chain_id, name, head_number, seen_at from indexing.provider;
grant select on indexing.v_provider_head to ce_app, ce_read;
