namespace ChainExec.Indexing;

/// <summary>
/// Notices that a chain does not move although there is something to read: providers that are split, one that hangs, a block that cannot be
/// read. Each turn then ends as if nothing were the matter, so somebody has to count them.
/// </summary>
internal sealed class StallWatch(ChainStore chains, TimeSpan after, TimeProvider clock)
{
    private ChainState? _state;
    private long? _head;
    private long? _idleSince;

    /// <summary>What the turn began with.</summary>
    public void Begins(ChainState state) => (_state, _head) = (state, null);

    /// <summary>The head that enough providers name.</summary>
    public void Head(long head) => _head = head;

    /// <summary>A turn of the process that holds the chain is over.</summary>
    /// <param name="moved">How much it moved.</param>
    /// <param name="fault">Why it ended, when it did not end by itself.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task EndsAsync(int moved, string? fault, CancellationToken cancellationToken)
    {
        if (_state is not { } state)
            return;
        bool isThere = fault is null && _head is { } head && head <= (state.Tip?.Number ?? state.Start - 1);
        if (moved > 0 || isThere)
        {
            _idleSince = null;
            if (state.IsStalled)
                await chains.MovesAsync(state, cancellationToken);
        }
        else if (!state.IsStalled)
        {
            _idleSince ??= clock.GetTimestamp();
            if (clock.GetElapsedTime(_idleSince.Value) >= after)
                await chains.StallsAsync(state, _head, fault ?? "the providers do not agree on the next block", cancellationToken);
        }

        _state = null;
    }
}
