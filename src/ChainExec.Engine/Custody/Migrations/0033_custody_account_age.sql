-- Custody: accounts in the order in which they came, for whoever keeps all of them in memory and asks for the new ones.

create index account_by_age on custody.account (chain_id, created_at, address);
