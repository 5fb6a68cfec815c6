-- Payments: since when no node tells the balance of a sender with a refill rule. Somebody is told when it lasts.

alter table payments.refill_rule add column balance_unknown_since timestamptz;
