using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Asks whether an intent is frozen or halted: its owner, its account, or any address that it pays or calls.</summary>
internal sealed class FreezeGate(FreezeStore freezes, CallStore calls)
{
    /// <summary>The freeze that concerns the intent now, or nothing.</summary>
    public async Task<Freeze?> FindAsync(DbSession session, Intent intent, CancellationToken cancellationToken)
    {
        IReadOnlyList<BlockchainCall> made = await calls.OfIntentAsync(session, intent.Root.Value, cancellationToken);
        return await FindAsync(session, intent, made, cancellationToken);
    }

    /// <summary>The first freeze that concerns any of the intents now, or nothing.</summary>
    public async Task<Freeze?> FindAnyAsync(DbSession session, IReadOnlyList<Intent> intents, CancellationToken cancellationToken)
    {
        foreach (Intent intent in intents)
        {
            if (await FindAsync(session, intent, cancellationToken) is { } freeze)
                return freeze;
        }

        return null;
    }

    /// <summary>Whether there is any freeze or halt at all.</summary>
    public Task<bool> IsAnythingFrozenAsync(DbSession session, CancellationToken cancellationToken) =>
        freezes.IsAnyAsync(session, cancellationToken);

    /// <summary>The same for an intent whose calls were read in this transaction.</summary>
    public Task<Freeze?> FindAsync(
        DbSession session, Intent intent, IReadOnlyList<BlockchainCall> made, CancellationToken cancellationToken) =>
        freezes.FindAsync(session, intent.Owner, intent.Account, intent.Chain, Touched(intent.Sender, made), cancellationToken);

    /// <summary>Every address that calls of a sender touch.</summary>
    public static IReadOnlyList<Address> Touched(Address sender, IEnumerable<BlockchainCall> made) =>
        Touched(sender, made.Select(call => (call.To, call.Expected)));

    /// <summary>Every address that calls of a sender would touch.</summary>
    public static IReadOnlyList<Address> Touched(
        Address sender, IEnumerable<(Address To, IReadOnlyList<ExpectedMovement> Expected)> made) =>
    [
        .. made.SelectMany(call => call.Expected.SelectMany(movement => new[] { movement.From, movement.To }).Append(call.To))
            .Append(sender).Distinct(),
    ];
}
