using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Attribution;

/// <summary>Whose a log is.</summary>
internal enum LogRole
{
    Call,

    /// <summary>The machinery's around calls: an EntryPoint's, a Safe's own, a paymaster's.</summary>
    Overhead,
    Unattributed,
}

/// <summary>How the effects of a call differ from what was expected.</summary>
internal enum FindingKind
{
    /// <summary>Nothing in the transaction is this call.</summary>
    NotExecuted,
    Failed,
    MissingMovement,
    DifferentAmount,
    UnexpectedMovement,
}

/// <summary>What came of one call in a transaction.</summary>
/// <param name="Ordinal">Its place among the calls of the transaction.</param>
/// <param name="Operation">The operation that it is part of; nothing when nothing in the transaction is this call.</param>
/// <param name="Index">Its place in the operation.</param>
/// <param name="Own">The business call that it is; nothing for the call of a stranger.</param>
/// <param name="Frame">Its frame, when it was traced.</param>
/// <param name="Logs">Indexes in the block of its logs.</param>
internal sealed record CallResult(
    int Ordinal, int? Operation, int? Index, OwnCall? Own, Address? To, TokenAmount Value, ReadOnlyMemory<byte> Selector, bool Reached,
    bool Succeeded, int? Frame, string? RevertReason, TokenAmount GasShare, TokenAmount FeeShare, IReadOnlyList<int> Logs);

/// <summary>Whose a log is.</summary>
/// <param name="Ordinal">The call, as <see cref="CallResult.Ordinal"/>.</param>
internal sealed record LogPlace(int LogIndex, LogRole Role, int? Frame, int? Ordinal);

/// <summary>A difference between what a call was expected to move and what it moved.</summary>
internal sealed record CallFinding(int Ordinal, FindingKind Kind, ExpectedMovement? Expected, ExpectedMovement? Observed);

/// <summary>A transaction taken apart.</summary>
/// <param name="Frames">None when the receipt was enough.</param>
internal sealed record TransactionBreakdown(
    AttributionBasis Basis, IReadOnlyList<TracedCall> Frames, IReadOnlyList<AttributedOperation> Operations,
    IReadOnlyList<CallResult> Calls, IReadOnlyList<LogPlace> Logs, IReadOnlyList<CallFinding> Findings);
