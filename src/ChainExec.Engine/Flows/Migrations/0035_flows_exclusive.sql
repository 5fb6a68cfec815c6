-- Rules of which only one fires: the first one retracts the others that were spawned together with it.

alter table flows.rule add column exclusive boolean not null default false;
