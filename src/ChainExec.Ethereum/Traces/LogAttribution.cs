namespace ChainExec.Ethereum.Traces;

/// <summary>Which frame emitted each log of a receipt, or why that cannot be said.</summary>
public abstract record LogAttribution
{
    private protected LogAttribution()
    {
    }
}

/// <summary>The frames of all the logs.</summary>
/// <param name="CallIndexes">For each log of the receipt, in its order, the frame that emitted it (<see cref="TracedCall.Index"/>).</param>
public sealed record LogsAttributed(IReadOnlyList<int> CallIndexes) : LogAttribution;

/// <summary>Trace and receipt do not fit together; nothing may be built on the trace.</summary>
/// <param name="Reason">A sentence for the operator.</param>
public sealed record LogsUnattributed(string Reason) : LogAttribution;
