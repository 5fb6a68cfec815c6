using System.Globalization;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit.Simulated;

namespace ChainExec.Simulation;

/// <summary>
/// Plants a defect behind the engine's back, past every trigger of the database: what a wrong engine would have written. Nothing of it is
/// in the engine itself.
/// </summary>
internal static class Planter
{
    private const string Target = """
        select i.id, s.id, c.id, '0x' || encode(e.tx_hash, 'hex'), i.root_id, s.nonce
        from   execution.intent i
        join   execution.carrier_member m on m.intent_id = i.id and m.resolved_at is null
        join   execution.carrier c on c.id = m.carrier_id
        join   execution.nonce_slot s on s.carrier_id = c.id
        join   execution.prepared_call p on p.carrier_id = c.id
        join   execution.execution e on e.prepared_call_id = p.id and e.tx_hash is not null
        where  i.state = 'executing' and i.wish is null and s.state in ('broadcast_unknown', 'accepted')
        order  by i.id, p.rung desc
        """;

    /// <summary>Nothing while nothing is on its way that it could be planted into.</summary>
    /// <param name="before">Families that have it already.</param>
    public static async Task<Planted?> PlantAsync(
        World world, PlantedBug bug, int step, IReadOnlyList<Payment> payments, IReadOnlySet<Guid> before,
        CancellationToken cancellationToken)
    {
        List<string[]> found = await world.RowsAsync(Target, cancellationToken);
        if (found.Find(row => !before.Contains(Guid.Parse(row[4])))
            is not [var intent, var slot, var carrier, var hash, var root, var nonce])
            return null;
        if (bug == PlantedBug.NullReceiptDecides && !await IsReceiptMissingAsync(world, hash, cancellationToken))
            return null;
        await world.ExecuteAsync(
            $"""
             set session_replication_role = replica;
             update execution.carrier_member set resolved_at = storage.clock() where carrier_id = '{carrier}';
             {Defect(bug, intent, slot, carrier)}
             reset session_replication_role;
             """,
            cancellationToken);
        Guid family = Guid.Parse(root);
        return new Planted(
            bug, step, payments.FirstOrDefault(payment => payment.Intent?.Value == family)?.Number, family, Guid.Parse(slot),
            long.Parse(nonce, CultureInfo.InvariantCulture));
    }

    private static string Defect(PlantedBug bug, string intent, string slot, string carrier) => bug switch
    {
        PlantedBug.ReleasedSignedSlot =>
            $"""
             update execution.nonce_slot set state = 'released', carrier_id = null, next_step_at = null where id = '{slot}';
             update execution.prepared_call set state = 'superseded' where carrier_id = '{carrier}';
             {StartAgain(intent, newFamily: false)}
             """,
        PlantedBug.NullReceiptDecides => StartAgain(intent, newFamily: true),
        PlantedBug.ChildOnNewNonce =>
            $"""
             update execution.intent set state = 'escalated', next_step_at = null where id = '{intent}';
             insert into execution.intent
             select (jsonb_populate_record(parent, jsonb_build_object(
               'id', md5(parent.id::text), 'parent_id', parent.id, 'generation', parent.generation + 1, 'state', 'preparing',
               'family_key', parent.family_key || '.child', 'next_step_at', storage.clock(), 'leased_by', null, 'leased_until', null))).*
             from   execution.intent parent where parent.id = '{intent}';
             """,
        _ => throw new ArgumentOutOfRangeException(nameof(bug), bug, "There is nothing to plant."),
    };

    private static string StartAgain(string intent, bool newFamily) =>
        $"""
         update execution.intent
         set    state = 'preparing', next_step_at = storage.clock(), leased_by = null, leased_until = null,
                family_key = family_key || '{(newFamily ? ".again" : "")}'
         where  id = '{intent}';
         """;

    /// <summary>Asks one provider alone, whatever it is worth.</summary>
    private static async Task<bool> IsReceiptMissingAsync(World world, string hash, CancellationToken cancellationToken)
    {
        ProviderView view = world.Simulated.Views[0];
        using var http = new HttpMessageInvoker(world.Simulated.CreateHandler());
        var client = new RpcClient(view.Name, view.Uri, http, new RpcClientOptions(), world.Clock);
        try
        {
            return await client.GetTransactionReceiptAsync(Hash32.Parse(hash), cancellationToken) is null;
        }
        catch (RpcException)
        {
            // No answer at all is not even a wrong one.
            return false;
        }
    }
}
