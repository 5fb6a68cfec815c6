-- Facts: what a consumer remembers refers to the stream without a foreign key.

-- The key looked up and locked a row of the stream for each fact and each of seven consumers, which wrote to that row each time. What is
-- remembered was read from the stream in the same transaction, and neither the stream nor the memory ever loses a row.
alter table facts.handled drop constraint handled_position_fkey;
