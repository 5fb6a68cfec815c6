using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>Wakes intents that wait for a place in the lane of their sender.</summary>
internal static class PlaceWaker
{
    /// <summary>A place in the lane of a sender is free: who comes first of those that wait for one is due, or is within a while.</summary>
    public static void Wake(DbSession session, long chain, Address sender, TimeSpan within = default) =>
        WakeMany(session, [new FreePlaces(chain, sender, 1)], within);

    /// <summary>The same for places in several lanes.</summary>
    public static void WakeMany(DbSession session, IReadOnlyList<FreePlaces> places, TimeSpan within = default)
    {
        if (places.Count == 0)
            return;
        const string sql = """
            update execution.intent set next_step_at = least(next_step_at, storage.clock() + @within)
            where  id in (
                select w.id
                from   unnest(@chains, @senders, @counts) as lane (chain_id, sender, free)
                cross  join lateral (
                    select id from execution.intent
                    where  chain_id = lane.chain_id and sender = lane.sender and state = 'preparing' and reason = 'lane_full'
                    and    next_step_at > storage.clock()
                    order  by priority desc, id
                    -- One place of an account that batches is for as many as fit into a batch.
                    limit  case when exists (select from custody.v_account a
                                             where a.chain_id = lane.chain_id and a.address = lane.sender and a.batches)
                                then 100 else lane.free end
                    for update skip locked) w)
            """;
        session.Sql(sql)
            .WithArray("chains", [.. places.Select(place => place.Chain)], NpgsqlDbType.Bigint)
            .WithArray("senders", [.. places.Select(place => place.Sender)], NpgsqlDbType.Bytea)
            .WithArray("counts", [.. places.Select(place => place.Count)], NpgsqlDbType.Bigint)
            .With("within", within).RunLater();
        session.WakeWorkersAfterCommit();
    }
}
