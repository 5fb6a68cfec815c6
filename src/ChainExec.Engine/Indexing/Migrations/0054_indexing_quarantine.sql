-- Indexing: a provider that contradicted a final block has no vote for a while, and until it has that block's chain.

alter table indexing.provider
  add column quarantined_at timestamptz,
  -- What it said against which block.
  add column contradicted text check (length(contradicted) <= 500),
  add check ((quarantined_at is null) = (contradicted is null));
grant update (quarantined_at, contradicted) on indexing.provider to ce_app;
