namespace ChainExec.Ethereum.Attribution;

/// <summary>What the frames below a batch function say of its calls.</summary>
/// <param name="Calls">The calls an engineer would name: batches within the batch are taken apart.</param>
/// <param name="Succeeded">True when the function made all its own calls and none of them failed.</param>
internal sealed record BatchMatch(IReadOnlyList<MatchedCall> Calls, bool Succeeded);

/// <summary>One call of a batch, and its frame.</summary>
/// <param name="Call">The call as the batch's input asks for it.</param>
/// <param name="To">The target; for a call of the account itself, the account.</param>
/// <param name="Frame">Its frame; when it was not reached, the frame that should have made it.</param>
/// <param name="Reached">False when something before it failed, so that it was never made.</param>
internal readonly record struct MatchedCall(PlannedCall Call, Address To, int Frame, bool Reached);
