using System.Text.Json;
using ChainExec.Attribution;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Attribution;
using ChainExec.Execution;
using ChainExec.Facts.Contracts;
using ChainExec.Server.Api.Chains;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Transactions;

/// <summary>A transaction in every block that ever held it, the canonical one first.</summary>
internal sealed record TransactionTreeBody(long Chain, Hash32 Hash, IReadOnlyList<IncarnationBody> Blocks);

/// <summary>A transaction in one block.</summary>
/// <param name="Incarnation">How often the block has become canonical, counted from 1.</param>
/// <param name="Status">canonical, orphaned or final.</param>
/// <param name="Fee">What it paid in all, in wei.</param>
/// <param name="Attribution">How far it is known which call caused which log; nothing while nobody looked.</param>
/// <param name="Operations">What accounts did in it; none where its receipt was enough.</param>
/// <param name="Calls">What accounts were asked for. What a call means is told to its owner only.</param>
/// <param name="Frames">The frames of its trace, the first ones when there are very many.</param>
/// <param name="FrameCount">How many frames there are.</param>
/// <param name="Movements">What it moved of listed assets.</param>
internal sealed record IncarnationBody(
    BlockBody Block, int Incarnation, string Status, DateTimeOffset BlockTime, Address From, Address? To, long Nonce, TokenAmount Value,
    bool Succeeded, TokenAmount GasUsed, TokenAmount EffectiveGasPrice, TokenAmount Fee, AttributionBody? Attribution,
    IReadOnlyList<OperationBody> Operations, IReadOnlyList<CallResultBody> Calls, IReadOnlyList<FrameBody> Frames, long FrameCount,
    IReadOnlyList<LogBody> Logs, IReadOnlyList<TreeMovementBody> Movements)
{
    /// <summary>Shows a transaction.</summary>
    public static IncarnationBody Of(TransactionTree tree)
    {
        ChainTransaction transaction = tree.Indexed.Transaction;
        return new IncarnationBody(
            new BlockBody(transaction.BlockNumber, transaction.BlockHash), transaction.Incarnation, tree.Indexed.Status,
            transaction.BlockTime, transaction.From, transaction.To, transaction.Nonce, transaction.Value, transaction.Succeeded,
            transaction.GasUsed, transaction.EffectiveGasPrice, transaction.Fee(),
            tree.Attribution is { } found
                ? new AttributionBody(EnumText.Of(found.State), found.Basis, found.Reason, found.Detail, found.Generation)
                : null,
            [.. tree.Operations.Select(OperationBody.Of)], [.. tree.Calls.Select(CallResultBody.Of)],
            [.. tree.Frames.Select(FrameBody.Of)], tree.FrameCount, [.. tree.Logs.Select(LogBody.Of)],
            [.. tree.Movements.Select(TreeMovementBody.Of)]);
    }
}

/// <summary>How far it is known which call caused which log.</summary>
/// <param name="Status">waiting (for a trace), attributed, not_needed (no call of ours is in it), unattributed, or dropped.</param>
/// <param name="Basis">receipt or trace.</param>
/// <param name="Reason">Why it is unattributed: trace_unavailable, trace_mismatch or trace_too_large.</param>
/// <param name="Generation">How often it was decided.</param>
internal sealed record AttributionBody(string Status, string? Basis, string? Reason, string? Detail, int Generation);

/// <summary>What an account did.</summary>
/// <param name="Kind">direct, erc4337, safe, multicall3 or eip7702.</param>
/// <param name="Contract">The contract that reports it: the EntryPoint, the Safe, Multicall3, or the account.</param>
internal sealed record OperationBody(
    int Operation, string Kind, Address Account, Address Contract, Hash32? UserOpHash, bool Succeeded, int Frame)
{
    /// <summary>Shows an operation.</summary>
    public static OperationBody Of(TreeOperation operation) => new(
        operation.Operation, operation.Kind, operation.Account, operation.Contract, operation.UserOpHash, operation.Succeeded,
        operation.Frame);
}

/// <summary>One call that an account was asked for, and what came of it.</summary>
/// <param name="Operation">Nothing when nothing in the transaction is this call.</param>
/// <param name="Function">What it calls, in words: a guess by the selector.</param>
/// <param name="Reached">False when something before it failed.</param>
/// <param name="RevertReason">The contract's word, never to be trusted.</param>
/// <param name="GasShare">Its part of the transaction's gas; the parts of all calls add up to it.</param>
/// <param name="Business">Your own call that this is; nothing for the calls of others.</param>
internal sealed record CallResultBody(
    int Ordinal, int? Operation, int? Index, Address? To, TokenAmount Value, string? Selector, string? Function, bool Reached,
    bool Succeeded, int? Frame, string? RevertReason, TokenAmount GasShare, TokenAmount FeeShare, BusinessCallBody? Business)
{
    /// <summary>Shows a call.</summary>
    public static CallResultBody Of(TreeCall call) => new(
        call.Ordinal, call.Operation, call.Index, call.To, call.Value, call.Selector is { } selector ? Hex.Encode(selector) : null,
        call.Own is { } own ? TraceNames.Called(call.To, creation: false, own.Data.Span) : null, call.Reached, call.Succeeded, call.Frame,
        call.RevertReason is { } reason ? TraceNames.Words(reason) : null, call.GasShare, call.FeeShare,
        call.Own is null ? null : BusinessCallBody.Of(call.Own, call.Findings));
}

/// <summary>What a call means to its owner.</summary>
/// <param name="Call"><c>call_…</c>.</param>
/// <param name="Intent"><c>int_…</c>.</param>
/// <param name="Type">Its type in the call registry.</param>
/// <param name="Findings">How its effects differ from what was expected of it.</param>
internal sealed record BusinessCallBody(
    string Call, string Intent, string Type, string? Category, IReadOnlyList<string> Tags, JsonElement Context,
    IReadOnlyList<FindingBody> Findings)
{
    /// <summary>Shows a business call.</summary>
    public static BusinessCallBody Of(TreeOwnCall own, IReadOnlyList<TreeFinding> findings) => new(
        new CallId(own.Call).ToString(), new IntentId(own.Intent).ToString(), own.Type, own.Label.Category, own.Label.Tags,
        own.Label.Context,
        [.. findings.Select(finding => new FindingBody(finding.Kind, finding.Expected, finding.Observed))]);
}

/// <summary>A difference between what a call was expected to move and what it moved.</summary>
/// <param name="Kind">not_executed, failed, missing_movement, different_amount or unexpected_movement.</param>
internal sealed record FindingBody(string Kind, JsonElement? Expected, JsonElement? Observed);

/// <summary>A frame of the trace.</summary>
/// <param name="Function">What it calls, in words: a guess by the selector.</param>
/// <param name="Undone">True when it or a frame above it failed.</param>
internal sealed record FrameBody(
    int Frame, int? Parent, int Depth, int Position, string Type, Address From, Address? To, TokenAmount? Value, TokenAmount Gas,
    TokenAmount GasUsed, string Function, string? Error, string? RevertReason, bool Undone)
{
    /// <summary>Shows a frame.</summary>
    public static FrameBody Of(TreeFrame frame) => new(
        frame.Frame, frame.Parent, frame.Depth, frame.Position, frame.Type, frame.From, frame.To, frame.Value, frame.Gas, frame.GasUsed,
        TraceNames.Called(frame.To, frame.Type is "create" or "create2", frame.Input), Words(frame.Error), Words(frame.RevertReason),
        frame.Undone);

    private static string? Words(string? text) => text is null ? null : TraceNames.Words(text);
}

/// <summary>A log, and whose it is.</summary>
/// <param name="Event">What it says, in words: a guess by its first topic.</param>
/// <param name="Role">call, overhead (of the machinery around calls) or unattributed; nothing where nobody asked.</param>
/// <param name="Call">The call that caused it, by its ordinal.</param>
internal sealed record LogBody(
    int LogIndex, Address Address, IReadOnlyList<Hash32> Topics, string Data, string Event, string? Role, int? Frame, int? Call)
{
    /// <summary>Shows a log.</summary>
    public static LogBody Of(TreeLog log) => new(
        log.Log.LogIndex, log.Log.Emitter, log.Log.Topics, Hex.Encode(log.Log.Data.Span),
        TraceNames.Emitted(log.Log.Topics, log.Log.Data.Span), log.Role, log.Frame, log.Ordinal);
}

/// <summary>A movement of a listed asset.</summary>
/// <param name="Kind">token, native or gas.</param>
/// <param name="LogIndex">Its log; nothing for the native value and the gas.</param>
/// <param name="Status">included, confirmed or orphaned.</param>
internal sealed record TreeMovementBody(
    string Kind, int? LogIndex, string Asset, Address From, Address? To, TokenAmount Amount, string Status)
{
    /// <summary>Shows a movement.</summary>
    public static TreeMovementBody Of(TreeMovement movement) => new(
        movement.Kind, movement.LogIndex < 0 ? null : movement.LogIndex, movement.Asset, movement.From, movement.To, movement.Amount,
        movement.Phase);
}
