using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Execution;

namespace ChainExec.Server.Api.Intents;

/// <summary>One attempt of an intent: nonce slot, prepared call, signing, and what each provider said.</summary>
/// <param name="DataFee">What the chain was forecast to charge beside gas, in wei.</param>
/// <param name="Inputs">What the prepared call was decided on: simulation block, base fee, expected movements.</param>
/// <param name="Status">Of the signing; nothing before it was asked for.</param>
internal sealed record ExecutionBody(
    Guid Carrier, string CarrierKind, long Nonce, string SlotStatus, Guid PreparedCall, Address To, TokenAmount Value, long GasLimit,
    TokenAmount MaxFeePerGas, TokenAmount MaxPriorityFeePerGas, TokenAmount DataFee, JsonElement Inputs, string? Status,
    Hash32? TransactionHash, DateTimeOffset? SignedAt, IReadOnlyList<NodeBody> Nodes)
{
    /// <summary>Shows an attempt.</summary>
    public static ExecutionBody Of(AttemptView attempt) => new(
        attempt.Carrier, attempt.CarrierKind, attempt.Nonce, attempt.SlotState, attempt.PreparedCall, attempt.To, attempt.Value,
        attempt.GasLimit, attempt.MaxFeePerGas, attempt.MaxPriorityFeePerGas, attempt.DataFee,
        JsonSerializer.Deserialize<JsonElement>(attempt.InputsJson), attempt.ExecutionState, attempt.TxHash,
        attempt.SignedAt, [.. attempt.Nodes.Select(NodeBody.Of)]);
}

/// <summary>What is known of one attempt's bytes at one provider.</summary>
internal sealed record NodeBody(
    string Provider, string Status, string? AnswerClass, string? Answer, int Sends, DateTimeOffset? FirstSentAt,
    DateTimeOffset? LastSentAt)
{
    /// <summary>Shows a node.</summary>
    public static NodeBody Of(NodeView node) =>
        new(node.Provider, node.State, node.AnswerClass, node.Answer, node.Sends, node.FirstSentAt, node.LastSentAt);
}
