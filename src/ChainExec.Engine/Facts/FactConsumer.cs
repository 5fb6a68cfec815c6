using ChainExec.Storage;

namespace ChainExec.Facts;

/// <summary>
/// What a module does with facts. The handler runs inside the transaction that moves the cursor: effect and progress commit together.
/// </summary>
internal abstract class FactConsumer
{
    /// <summary>Stable name: the cursor and the memory of what was handled belong to it.</summary>
    public abstract string Name { get; }

    /// <summary>The fact types it wants; others are passed over.</summary>
    public abstract IReadOnlySet<string> Types { get; }

    /// <summary>How many shards share the work; a key always falls into the same one. Changing it needs a drained stream.</summary>
    public virtual int Shards => 1;

    /// <summary>Facts handled in one transaction at most. Fewer where a handler locks what others wait for.</summary>
    public virtual int WindowMax => 50;

    /// <summary>
    /// The fact was parked, or waits behind one that was: what must not wait for an operator is done here, in the same transaction.
    /// </summary>
    public virtual Task OnParkedAsync(DbSession session, Fact fact, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Locks what handling these facts will lock, in the one order that everybody keeps. Facts come in the order of the chain, which is no
    /// order of locks: a window that locked as it went could be chosen as the victim of a deadlock again and again.
    /// </summary>
    public virtual Task LockAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Handles one fact. A database fault ends the turn; anything else it throws parks the fact and its key.</summary>
    public abstract Task HandleAsync(DbSession session, Fact fact, CancellationToken cancellationToken);

    /// <summary>
    /// Handles the facts of a window, none of which is parked. What it does is what handling one after the other does; it may ask and write
    /// for several at once. Whatever it throws undoes the window, which is then handled fact by fact.
    /// </summary>
    public virtual async Task HandleManyAsync(DbSession session, IReadOnlyList<Fact> facts, CancellationToken cancellationToken)
    {
        foreach (Fact fact in facts)
            await HandleAsync(session, fact, cancellationToken);
    }
}
