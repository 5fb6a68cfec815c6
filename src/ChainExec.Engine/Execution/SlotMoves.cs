using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>One slot that moves.</summary>
/// <param name="Epoch">The lease that the mover holds; nothing when it moves by evidence and has locked the row.</param>
internal sealed record SlotMove(NonceSlot Slot, SlotEvent Happened, SlotChange Change, long? Epoch)
{
    /// <summary>The slot as it stands after the move.</summary>
    /// <exception cref="IllegalMoveException">The table does not have the move.</exception>
    public NonceSlot After()
    {
        SlotState to = SlotLifecycle.Table.Move(Slot.State, Happened);
        return Slot with
        {
            State = to,
            StateBefore = to != SlotState.Taken ? null : Slot.State == SlotState.Taken ? Slot.StateBefore : Slot.State,
            Carrier = to == SlotState.Released ? null : Change.Carrier ?? Slot.Carrier,
            FillCarrier = to == SlotState.Released || Change.DropsFill ? null : Change.FillCarrier ?? Slot.FillCarrier,
            SignerTold = Slot.SignerTold && SlotLifecycle.Table.IsFinal(to),
            // A hash that was mined once and orphaned did not consume what no transaction consumed.
            TxHash = Happened == SlotEvent.ConsumedWithoutTransaction ? null : Change.TxHash ?? Slot.TxHash,
            BlockHash = Change.BlockHash ?? Slot.BlockHash,
            BlockNumber = Change.BlockNumber ?? Slot.BlockNumber,
        };
    }

    /// <summary>Whether its worker goes on with it under the same lease.</summary>
    public bool KeepsLease => Epoch is not null && Change is { NextStepIn: not null, EndsLease: false };
}

/// <summary>
/// Moves slots: for each a compare-and-set on its state, owner and lease, and a row of its history; one statement for all.
/// </summary>
internal static class SlotMoves
{
    private const string Sql = """
        update execution.nonce_slot s
        set    state = m.to_state, state_before = m.before, carrier_id = m.carrier,
               fill_carrier_id = case when m.to_state <> 'released' and not m.drops then coalesce(m.fill, s.fill_carrier_id) end,
               signer_told = m.told,
               tx_hash = m.tx, block_hash = m.block, block_number = m.number, updated_at = storage.clock(),
               next_step_at = storage.clock() + m.next, needs_operator = null,
               leased_by    = case when m.keeps then s.leased_by end,
               leased_until = case when m.keeps then s.leased_until end
        from   unnest(@ids, @froms, @owners, @tos, @befores, @carriers, @fills, @txs, @blocks, @numbers, @nexts, @keeps, @epochs,
                      @drops, @tolds)
               as m (id, from_state, owner, to_state, before, carrier, fill, tx, block, number, next, keeps, epoch, drops, told)
        where  s.id = m.id and s.state = m.from_state and s.carrier_id is not distinct from m.owner
        and    (m.epoch is null or s.lease_epoch = m.epoch)
        returning s.id
        """;

    /// <summary>Moves all of them.</summary>
    /// <exception cref="StaleWriteException">One was moved by somebody else, or its lease was lost.</exception>
    public static async Task<IReadOnlyList<NonceSlot>> AllAsync(
        DbSession session, IReadOnlyList<SlotMove> moves, CancellationToken cancellationToken)
    {
        IReadOnlyList<NonceSlot> moved = await ThoseThatCanAsync(session, moves, cancellationToken);
        if (moved.Count == moves.Count)
            return moved;
        NonceSlot stale = moves.First(move => moved.All(slot => slot.Id != move.Slot.Id)).Slot;
        throw new StaleWriteException(
            $"Slot {stale.Id} is no longer {EnumText.Of(stale.State)}, changed its owner, or its lease was lost.");
    }

    /// <summary>Moves those that nobody else moved, and answers with them.</summary>
    public static async Task<IReadOnlyList<NonceSlot>> ThoseThatCanAsync(
        DbSession session, IReadOnlyList<SlotMove> moves, CancellationToken cancellationToken)
    {
        if (moves.Count == 0)
            return [];
        NonceSlot[] after = [.. moves.Select(move => move.After())];
        IReadOnlyList<Guid> ids = await session.Sql(Sql)
            .WithArray("ids", [.. after.Select(slot => slot.Id)], NpgsqlDbType.Uuid)
            .WithArray("froms", [.. moves.Select(move => EnumText.Of(move.Slot.State))], NpgsqlDbType.Text)
            .WithArray("owners", [.. moves.Select(move => move.Slot.Carrier)], NpgsqlDbType.Uuid)
            .WithArray("tos", [.. after.Select(slot => EnumText.Of(slot.State))], NpgsqlDbType.Text)
            .WithArray("befores", [.. after.Select(slot => slot.StateBefore is { } before ? EnumText.Of(before) : null)], NpgsqlDbType.Text)
            .WithArray("carriers", [.. after.Select(slot => slot.Carrier)], NpgsqlDbType.Uuid)
            .WithArray("fills", [.. after.Select(slot => slot.FillCarrier)], NpgsqlDbType.Uuid)
            .WithArray("txs", [.. after.Select(slot => slot.TxHash)], NpgsqlDbType.Bytea)
            .WithArray("blocks", [.. after.Select(slot => slot.BlockHash)], NpgsqlDbType.Bytea)
            .WithArray("numbers", [.. after.Select(slot => slot.BlockNumber)], NpgsqlDbType.Bigint)
            .WithArray("nexts", [.. moves.Select(move => move.Change.NextStepIn)], NpgsqlDbType.Interval)
            .WithArray("keeps", [.. moves.Select(move => move.KeepsLease)], NpgsqlDbType.Boolean)
            .WithArray("epochs", [.. moves.Select(move => move.Epoch)], NpgsqlDbType.Bigint)
            .WithArray("drops", [.. moves.Select(move => move.Change.DropsFill)], NpgsqlDbType.Boolean)
            .WithArray("tolds", [.. after.Select(slot => slot.SignerTold)], NpgsqlDbType.Boolean)
            .ReadAsync(reader => reader.GetGuid(0), cancellationToken);
        var done = ids.ToHashSet();
        (SlotMove Move, NonceSlot After)[] moved = [.. moves.Zip(after).Where(each => done.Contains(each.Second.Id))];
        foreach ((SlotMove move, NonceSlot slot) in moved)
            Tell(session, move, slot);
        FreePlaces(session, moved);
        IncidentStore.CloseOfResolvedSlots(
            session, [.. moved.Where(each => SlotLifecycle.Table.IsFinal(each.After.State)).Select(each => each.After.Id)]);
        return [.. moved.Select(each => each.After)];
    }

    private static void Tell(DbSession session, SlotMove move, NonceSlot after)
    {
        History.Append(
            session, "slot", after.Id, EnumText.Of(move.Slot.State), EnumText.Of(move.Happened), EnumText.Of(after.State),
            move.Change.Reason, move.Change.Evidence, move.Change.Actor);
        if (move.Change.NextStepIn is not null)
            session.WakeWorkersAfterCommit();
    }

    private static void FreePlaces(DbSession session, IReadOnlyList<(SlotMove Move, NonceSlot After)> moved) =>
        PlaceWaker.WakeMany(
            session,
            [
                .. moved.Where(each => SlotLifecycle.IsInFlight(each.Move.Slot.State) && !SlotLifecycle.IsInFlight(each.After.State))
                    .GroupBy(each => (each.After.Chain, each.After.Sender))
                    .Select(lane => new FreePlaces(lane.Key.Chain, lane.Key.Sender, lane.Count())),
            ]);
}
