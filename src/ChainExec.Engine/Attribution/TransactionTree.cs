using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;

namespace ChainExec.Attribution;

/// <summary>A transaction in one incarnation of a block, with its frames, logs and calls as the newest attribution has them.</summary>
/// <param name="Attribution">Nothing while it was not looked at yet.</param>
internal sealed record TransactionTree(
    IndexedTransaction Indexed, TreeAttribution? Attribution, IReadOnlyList<TreeOperation> Operations, IReadOnlyList<TreeCall> Calls,
    IReadOnlyList<TreeFrame> Frames, IReadOnlyList<TreeLog> Logs, IReadOnlyList<TreeMovement> Movements, long FrameCount);

/// <summary>How far the attribution is.</summary>
internal sealed record TreeAttribution(long Id, AttributionState State, string? Basis, string? Reason, string? Detail, int Generation);

/// <summary>What an account did.</summary>
internal sealed record TreeOperation(
    int Operation, string Kind, Address Account, Address Contract, Hash32? UserOpHash, bool Succeeded, int Frame);

/// <summary>A call that an account was asked for, with the business call that it is.</summary>
/// <param name="Own">Nothing for a call of a stranger, or of another owner.</param>
internal sealed record TreeCall(
    int Ordinal, int? Operation, int? Index, Address? To, TokenAmount Value, byte[]? Selector, bool Reached, bool Succeeded, int? Frame,
    string? RevertReason, TokenAmount GasShare, TokenAmount FeeShare, TreeOwnCall? Own, IReadOnlyList<TreeFinding> Findings);

/// <summary>What a business call is to its owner.</summary>
internal sealed record TreeOwnCall(Guid Call, Guid Intent, string Type, ReadOnlyMemory<byte> Data, CallLabel Label);

/// <summary>A difference from what was expected.</summary>
internal sealed record TreeFinding(string Kind, JsonElement? Expected, JsonElement? Observed);

/// <summary>A frame.</summary>
/// <param name="Input">The beginning of its call data.</param>
internal sealed record TreeFrame(
    int Frame, int? Parent, int Depth, int Position, string Type, Address From, Address? To, TokenAmount? Value, TokenAmount Gas,
    TokenAmount GasUsed, byte[] Input, int InputSize, string? Error, string? RevertReason, bool Undone);

/// <summary>Whose a log is.</summary>
/// <param name="Role">call, overhead or unattributed; nothing where nobody asked.</param>
internal sealed record TreeLog(ObservedLog Log, string? Role, int? Frame, int? Ordinal);

/// <summary>A movement of a listed asset, as processors recorded it.</summary>
internal sealed record TreeMovement(
    string Kind, int LogIndex, string Asset, Address From, Address? To, TokenAmount Amount, string Phase);
