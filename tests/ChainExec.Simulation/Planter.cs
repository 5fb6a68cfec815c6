namespace ChainExec.Simulation;

/// <summary>Plants a defect behind the engine's back, past every trigger of the database.</summary>
internal static class Planter
{
    private const string Target = """
        select i.id, s.id, c.id
        from   execution.intent i
        join   execution.carrier_member m on m.intent_id = i.id and m.resolved_at is null
        join   execution.carrier c on c.id = m.carrier_id
        join   execution.nonce_slot s on s.carrier_id = c.id
        where  i.state = 'executing' and i.wish is null and s.state in ('broadcast_unknown', 'accepted')
        order  by i.id limit 1
        """;

    /// <summary>False while nothing is on its way that it could be planted into.</summary>
    public static async Task<bool> PlantAsync(World world, PlantedBug bug, CancellationToken cancellationToken)
    {
        List<string[]> found = await world.RowsAsync(Target, cancellationToken);
        if (found is not [[var intent, var slot, var carrier]])
            return false;
        string release = bug == PlantedBug.ReleasedSignedSlot
            ? $"""
               update execution.nonce_slot set state = 'released', carrier_id = null, next_step_at = null where id = '{slot}';
               update execution.prepared_call set state = 'superseded' where carrier_id = '{carrier}';
               """
            : $"update execution.intent set family_key = family_key || '.again' where id = '{intent}';";
        await world.ExecuteAsync(
            $"""
             set session_replication_role = replica;
             {release}
             update execution.carrier_member set resolved_at = storage.clock() where carrier_id = '{carrier}';
             update execution.intent
             set    state = 'preparing', next_step_at = storage.clock(), leased_by = null, leased_until = null
             where  id = '{intent}';
             reset session_replication_role;
             """,
            cancellationToken);
        return true;
    }
}
