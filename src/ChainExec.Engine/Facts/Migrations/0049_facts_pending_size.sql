-- Facts: what a pending payload's bound costs.

-- To write each payload out as text only to count it took longer than to store it; what is small enough when stored is not counted.
alter table facts.pending drop constraint pending_payload_check;
alter table facts.pending add constraint pending_payload_check check (
  pg_column_size(payload) <= 8192 or octet_length(payload::text) <= 65536);
