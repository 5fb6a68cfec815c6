using System.Text.Json;

namespace ChainExec.Server.Api.OpenApi;

/// <summary>What a client asks for. Describes the body; admission reads it, and names each wrong field by its pointer.</summary>
/// <param name="Chain">EIP-155 chain id, or the chain's name.</param>
/// <param name="Account">The sending account: its address, or <c>acc_…</c>.</param>
/// <param name="Calls">1 to 64 calls; an externally owned account takes exactly one.</param>
/// <param name="ClientReference">Your own name of it, 1 to 128 characters, unique among your intents for ever.</param>
/// <param name="Deadline">RFC 3339. After it nothing new is begun.</param>
/// <param name="MaxTotalFee">Wei that all attempts together may cost.</param>
/// <param name="After">Ids of at most 16 of your intents that must be confirmed first.</param>
/// <param name="OnRevert">fail (default) or retry: what follows when the transaction reverts on chain and the revert is final.</param>
/// <param name="Priority">0 to 9, 5 when left out. Among your intents that wait for a nonce of one account the higher goes first.</param>
/// <param name="Batch">
/// Whether it may go in one transaction with other intents of its account, where that batches; true when left out.
/// </param>
internal sealed record IntentRequestBody(
    long Chain, string Account, IReadOnlyList<CallRequestBody> Calls, string? ClientReference = null, DateTimeOffset? Deadline = null,
    TokenAmount? MaxTotalFee = null, IReadOnlyList<string>? After = null, string? OnRevert = null,
    int? Priority = null, bool? Batch = null);

/// <summary>One call.</summary>
/// <param name="Type">A call type of <c>GET /v1/call-types</c>.</param>
/// <param name="Args">The arguments that the call type names; amounts are decimal strings of base units.</param>
/// <param name="Category">Your category, at most 64 characters.</param>
/// <param name="Tags">At most 16 of your tags, each at most 64 characters.</param>
/// <param name="Context">Anything that you want to find again: an object of at most 8 KiB.</param>
internal sealed record CallRequestBody(
    string Type, JsonElement Args, string? Category = null, IReadOnlyList<string>? Tags = null, JsonElement? Context = null);
