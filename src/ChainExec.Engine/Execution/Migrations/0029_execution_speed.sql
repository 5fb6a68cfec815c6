-- Execution: what a step reads stays as much however long the history is, and rows that are leased and moved find room on their page.

-- Which carriers a member had, also resolved ones: what a family has spent, and whether the signer knows how its nonces ended.
create index carrier_of_intent on execution.carrier_member (intent_id);
-- Who waits for a place in a sender's lane, in the order in which places are given.
create index intent_waits_for_place on execution.intent (chain_id, sender, priority desc, id)
  where state = 'preparing' and reason = 'lane_full';
alter table execution.intent set (fillfactor = 60);
alter table execution.nonce_slot set (fillfactor = 60);
