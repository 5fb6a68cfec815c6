using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>The attribution of one transaction in one incarnation of its block, as it stands.</summary>
/// <param name="Generation">How often it was decided with rows.</param>
/// <param name="Told">Whether the facts of its final calls are out.</param>
/// <param name="TraceAsked">Whether an operator wants it traced although its receipt is enough.</param>
/// <param name="Attempts">How often providers were asked, this time included.</param>
internal sealed record TrackedTransaction(
    long Id, AttributionState State, int Generation, AttributionEnd? Ended, bool Told, bool TraceAsked, int Attempts);

/// <summary>A transaction that is due, and what the index knows of it.</summary>
/// <param name="InputHash">keccak of its data.</param>
/// <param name="Since">When it was told first.</param>
internal sealed record DueTransaction(TrackedTransaction Tracked, ChainTransaction Transaction, Hash32 InputHash, DateTimeOffset Since);
