using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChainExec.Client;

/// <summary>A transaction in every block that ever held it.</summary>
/// <param name="ChainId">EIP-155 chain id.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Blocks">The canonical block first.</param>
public sealed record TransactionTree(
    [property: JsonPropertyName("chain")] long ChainId, string Hash, IReadOnlyList<TransactionInBlock> Blocks);

/// <summary>A transaction in one block.</summary>
/// <param name="Block">The block.</param>
/// <param name="Incarnation">How often the block has become canonical.</param>
/// <param name="Status">canonical, orphaned or final.</param>
/// <param name="From">The sender.</param>
/// <param name="To">The recipient; nothing for a creation.</param>
/// <param name="Succeeded">Whether it succeeded.</param>
/// <param name="GasUsed">The gas it used.</param>
/// <param name="Fee">What it paid, in wei.</param>
/// <param name="Attribution">How far it is known which call caused which log.</param>
/// <param name="Operations">What accounts did in it.</param>
/// <param name="Calls">What accounts were asked for.</param>
/// <param name="Frames">The frames of its trace, the first ones when there are very many.</param>
/// <param name="FrameCount">How many frames there are.</param>
/// <param name="Logs">Its logs.</param>
public sealed record TransactionInBlock(
    ChainBlock Block, int Incarnation, string Status, string From, string? To, bool Succeeded, BigInteger GasUsed, BigInteger Fee,
    TransactionAttribution? Attribution, IReadOnlyList<AccountOperation> Operations, IReadOnlyList<CallResult> Calls,
    IReadOnlyList<TraceFrame> Frames, long FrameCount, IReadOnlyList<TransactionLog> Logs);

/// <summary>How far it is known which call caused which log.</summary>
/// <param name="Status">waiting, attributed, not_needed, unattributed or dropped.</param>
/// <param name="Basis">receipt or trace.</param>
/// <param name="Reason">Why it is unattributed.</param>
/// <param name="Detail">A sentence.</param>
public sealed record TransactionAttribution(string Status, string? Basis, string? Reason, string? Detail);

/// <summary>What an account did.</summary>
/// <param name="Operation">Its number.</param>
/// <param name="Kind">direct, erc4337, safe, multicall3 or eip7702.</param>
/// <param name="Account">The account.</param>
/// <param name="UserOpHash">The hash of a user operation.</param>
/// <param name="Succeeded">Whether it succeeded.</param>
/// <param name="Frame">Its frame.</param>
public sealed record AccountOperation(int Operation, string Kind, string Account, string? UserOpHash, bool Succeeded, int Frame);

/// <summary>One call that an account was asked for, and what came of it.</summary>
/// <param name="Ordinal">Its place among the calls of the transaction.</param>
/// <param name="Operation">Its operation; nothing when nothing in the transaction is this call.</param>
/// <param name="Index">Its place in the operation.</param>
/// <param name="To">The target.</param>
/// <param name="Value">Wei sent along.</param>
/// <param name="Selector">The function's selector.</param>
/// <param name="Function">What it calls, in words; for your own calls.</param>
/// <param name="Reached">False when something before it failed.</param>
/// <param name="Succeeded">Whether what it did lasted.</param>
/// <param name="Frame">Its frame.</param>
/// <param name="RevertReason">The contract's word.</param>
/// <param name="GasShare">Its part of the transaction's gas.</param>
/// <param name="FeeShare">Its part of the transaction's fee, in wei.</param>
/// <param name="Business">Your own call that this is.</param>
public sealed record CallResult(
    int Ordinal, int? Operation, int? Index, string? To, BigInteger Value, string? Selector, string? Function, bool Reached,
    bool Succeeded, int? Frame, string? RevertReason, BigInteger GasShare, BigInteger FeeShare, BusinessCall? Business);

/// <summary>What a call means to its owner.</summary>
/// <param name="Call"><c>call_…</c>.</param>
/// <param name="Intent"><c>int_…</c>.</param>
/// <param name="Type">Its type in the call registry.</param>
/// <param name="Category">Your category.</param>
/// <param name="Tags">Your tags.</param>
/// <param name="Context">Your context.</param>
/// <param name="Findings">How its effects differ from what was expected of it.</param>
public sealed record BusinessCall(
    string Call, string Intent, string Type, string? Category, IReadOnlyList<string> Tags, JsonElement Context,
    IReadOnlyList<CallFinding> Findings);

/// <summary>A difference between what a call was expected to move and what it moved.</summary>
/// <param name="Kind">not_executed, failed, missing_movement, different_amount or unexpected_movement.</param>
/// <param name="Expected">What was expected.</param>
/// <param name="Observed">What was observed.</param>
public sealed record CallFinding(string Kind, JsonElement? Expected, JsonElement? Observed);

/// <summary>A frame of the trace.</summary>
/// <param name="Frame">Its place in the order in which frames were entered.</param>
/// <param name="Parent">The frame that made the call.</param>
/// <param name="Depth">How far it is below the root.</param>
/// <param name="Type">call, delegate_call, static_call, create and so on.</param>
/// <param name="To">The account called.</param>
/// <param name="Value">Wei sent along.</param>
/// <param name="GasUsed">The gas it used.</param>
/// <param name="Function">What it calls, in words.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="RevertReason">The contract's word.</param>
/// <param name="Undone">True when it or a frame above it failed.</param>
public sealed record TraceFrame(
    int Frame, int? Parent, int Depth, string Type, string? To, BigInteger? Value, BigInteger GasUsed, string Function, string? Error,
    string? RevertReason, bool Undone);

/// <summary>A log, and whose it is.</summary>
/// <param name="LogIndex">Its index in the block.</param>
/// <param name="Address">The contract that emitted it.</param>
/// <param name="Event">What it says, in words.</param>
/// <param name="Role">call, overhead or unattributed.</param>
/// <param name="Frame">The frame that emitted it.</param>
/// <param name="Call">The call that caused it, by its ordinal.</param>
public sealed record TransactionLog(int LogIndex, string Address, string Event, string? Role, int? Frame, int? Call);
