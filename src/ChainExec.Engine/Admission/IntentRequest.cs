using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Execution;

namespace ChainExec.Admission;

/// <summary>A request that passed every check of form: what the client wants, typed.</summary>
/// <param name="Shares">Whether it may go in one transaction with other intents of its account, where that batches.</param>
internal sealed record IntentRequest(
    ChainProfile Chain,
    AccountReference Account,
    IReadOnlyList<RequestedCall> Calls,
    string? ClientReference,
    DateTimeOffset? Deadline,
    TokenAmount? MaxTotalFee,
    IReadOnlyList<Guid> After,
    RevertPolicy OnRevert,
    int Priority,
    bool Shares = true);

/// <summary>An account named by its address or by its id.</summary>
internal sealed record AccountReference(Address? Address, Guid? Id);

/// <summary>One call of a request.</summary>
/// <param name="Args">As the client wrote them: kept word for word.</param>
internal sealed record RequestedCall(
    CallType Type, ITypedCall Call, JsonElement Args, string? Category, IReadOnlyList<string> Tags, JsonElement Context);
