using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution.Processors;

/// <summary>A log that is strictly of the event, with where it comes from.</summary>
/// <param name="Transaction">The transaction, with its block.</param>
/// <param name="Log">The log as indexed, with the frame that emitted it and the business call that caused it, as far as known.</param>
/// <param name="Event">What it says.</param>
/// <param name="Scope">What is ours, and what is listed.</param>
public sealed record DecodedLog<TEvent>(ChainTransaction Transaction, EmittedLog Log, TEvent Event, ProcessorScope Scope)
{
    /// <summary>The contract.</summary>
    public Address Emitter => Log.Emitter;

    /// <summary>The business call that caused it, when one is known.</summary>
    public CallContext? Call => Log.Call;
}

/// <summary>A log as it was indexed.</summary>
/// <param name="LogIndex">Its index in the block.</param>
/// <param name="Emitter">The contract.</param>
/// <param name="Topics">0 to 4 topics.</param>
/// <param name="Data">The unindexed part.</param>
/// <param name="Frame">The call that emitted it, where the transaction was traced.</param>
/// <param name="Call">The business call that caused it, when one is known.</param>
public sealed record EmittedLog(
    int LogIndex, Address Emitter, IReadOnlyList<Hash32> Topics, ReadOnlyMemory<byte> Data, FrameContext? Frame, CallContext? Call);

/// <summary>A frame of the trace.</summary>
/// <param name="Frame">Its place in the order in which frames were entered; the root is 0.</param>
/// <param name="Parent">The frame that made the call.</param>
/// <param name="Depth">How far it is below the root.</param>
/// <param name="Type">call, delegate_call, and so on.</param>
/// <param name="From">The caller.</param>
/// <param name="To">The account called or created.</param>
public sealed record FrameContext(int Frame, int? Parent, int Depth, string Type, Address From, Address? To);

/// <summary>A business call of ours.</summary>
/// <param name="Call">Its id.</param>
/// <param name="Intent">The intent that it belongs to.</param>
/// <param name="Type">Its type in the call registry.</param>
/// <param name="Succeeded">Whether what it did lasted.</param>
/// <param name="Label">What it means to whoever asked for it.</param>
public sealed record CallContext(Guid Call, Guid Intent, string Type, bool Succeeded, CallLabel Label);

/// <summary>A transaction as a transaction processor sees it.</summary>
/// <param name="Transaction">The transaction, with its block.</param>
/// <param name="Logs">Its logs, in order, also those of contracts that nobody listed; the first 10,000 of a transaction with more.</param>
/// <param name="Records">What the processors that it reads made of it, in log order.</param>
/// <param name="Calls">The business calls of ours in it, in order.</param>
/// <param name="Scope">What is ours, and what is listed.</param>
public sealed record MergedTransaction(
    ChainTransaction Transaction, IReadOnlyList<EmittedLog> Logs, IReadOnlyList<StoredRecord> Records, IReadOnlyList<CallContext> Calls,
    ProcessorScope Scope)
{
    /// <summary>Native value that calls of it moved from or to accounts of ours, by its trace.</summary>
    internal IReadOnlyList<InternalTransfer> Transfers { get; init; } = [];
}
