using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>
/// Turns chain evidence into movements. Pure: no I/O, no clock, no state. Each phase reaches it once per (chain, block hash, incarnation,
/// transaction, log). <c>OnIncluded</c> of the two kinds gives tentative records; <see cref="OnConfirmed"/> may emit a fact with
/// consequences; what was orphaned is derived: a reversal row, never a deletion, so there is nothing to implement for it.
/// </summary>
internal interface IMovementProcessor
{
    /// <summary>Stable name, stored with each record: at finality the same processor is asked.</summary>
    string Name { get; }

    /// <summary>The fact that a movement's finality has, or nothing. By default: when it touches one of our accounts.</summary>
    /// <param name="ours">Those of the movement's addresses that are accounts of ours on the chain.</param>
    MovementConfirmed? OnConfirmed(ChainTransaction transaction, RecordedMovement recorded, IReadOnlySet<Address> ours)
    {
        Movement movement = recorded.Movement;
        bool touchesUs = ours.Contains(movement.From) || (movement.To is { } to && ours.Contains(to));
        return touchesUs ? new MovementConfirmed(transaction, movement, recorded.Intent, recorded.Call) : null;
    }
}
