using ChainExec.Ethereum;

namespace ChainExec.Execution;

/// <summary>An intent as its owner sees it: the family's status on the root's id.</summary>
/// <param name="Wish">Why it is to end without its effect, if somebody asked.</param>
internal sealed record IntentView(
    IntentId Id,
    Guid Owner,
    long Chain,
    Guid Account,
    Address Sender,
    string? ClientReference,
    string State,
    string? Reason,
    string? Detail,
    Guid? Hold,
    DateTimeOffset? Deadline,
    TokenAmount MaxTotalFee,
    IReadOnlyList<Guid> After,
    Hash32? TxHash,
    long? BlockNumber,
    bool NeedsOperator,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? Wish,
    int Priority,
    RevertView? Revert);

/// <summary>The newest transaction of a family that reverted for ever: what it paid, and why it did.</summary>
/// <param name="Kind">Nothing while no node was asked yet.</param>
internal sealed record RevertView(Hash32 TxHash, long BlockNumber, TokenAmount GasUsed, TokenAmount Fee, string? Kind, string? Message);

/// <summary>One step of an intent's life as a person reads it: created, prepared, signed, submitted, included, confirmed.</summary>
internal sealed record TimelineStep(DateTimeOffset At, string Step, string? Reason, string EvidenceJson);

/// <summary>One attempt of a family: slot, prepared call, signing, and what each provider said.</summary>
/// <param name="DataFee">What the chain was forecast to charge beside gas, in wei.</param>
internal sealed record AttemptView(
    Guid Carrier,
    string CarrierKind,
    long Nonce,
    string SlotState,
    Guid PreparedCall,
    Address To,
    TokenAmount Value,
    long GasLimit,
    TokenAmount MaxFeePerGas,
    TokenAmount MaxPriorityFeePerGas,
    TokenAmount DataFee,
    string InputsJson,
    string? ExecutionState,
    Hash32? TxHash,
    DateTimeOffset? SignedAt,
    IReadOnlyList<NodeView> Nodes);

/// <summary>What is known of one attempt's bytes at one provider.</summary>
internal sealed record NodeView(
    string Provider, string State, string? AnswerClass, string? Answer, int Sends, DateTimeOffset? FirstSentAt, DateTimeOffset? LastSentAt);
