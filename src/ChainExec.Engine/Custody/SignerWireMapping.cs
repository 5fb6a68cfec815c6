using System.Globalization;
using ChainExec.Ethereum;

namespace ChainExec.Custody;

/// <summary>Both directions of the signer's wire format in one place, so that they cannot disagree.</summary>
internal static class SignerWireMapping
{
    internal static SignerWire.Sign ToWire(SignRequest request)
    {
        Address to = request.Transaction.To
            ?? throw new ArgumentException("The signer signs no contract creation: the transaction needs a recipient.", nameof(request));
        return new SignerWire.Sign(
            request.Transaction.ChainId,
            request.Sender.ToString(),
            request.Transaction.Nonce,
            to.ToString(),
            request.Transaction.Value.ToString(),
            Hex.Encode(request.Transaction.Data.Span),
            request.Transaction.GasLimit,
            request.Transaction.MaxFeePerGas.ToString(),
            request.Transaction.MaxPriorityFeePerGas.ToString(),
            request.Family,
            request.Carrier,
            request.Epoch,
            PurposeName(request.Purpose),
            request.Members);
    }

    internal static SignerWire.Approve ToWire(ApprovalStatement statement, string otp) => new(
        statement.Chain, statement.Sender.ToString(), statement.Family, statement.To.ToString(), statement.Value.ToString(),
        Hex.Encode(statement.Data.Span), statement.MaxTotalFee.ToString(), statement.ExpiresAt, otp);

    internal static SignerWire.Resolve ToWire(SlotResolution resolution) => new(
        resolution.ChainId,
        resolution.Sender.ToString(),
        resolution.Nonce,
        resolution.Family,
        OutcomeName(resolution.Outcome),
        new SignerWire.Evidence(
            resolution.Evidence.BlockHash.ToString(), resolution.Evidence.BlockNumber, resolution.Evidence.TransactionHash?.ToString()));

    /// <summary>Reads an entry. Throws <see cref="FormatException"/> when a field is not what it must be.</summary>
    internal static SignerJournalEntry FromWire(SignerWire.Entry entry) => new(
        entry.Kind switch
        {
            "signed" => SignerJournalKind.Signed,
            "refused" => SignerJournalKind.Refused,
            _ => throw new FormatException("An entry is of an unknown kind."),
        },
        entry.ChainId,
        Address.Parse(entry.Sender),
        entry.Nonce,
        entry.Family,
        entry.Carrier,
        entry.Epoch,
        entry.Purpose switch
        {
            "intent" => SignPurpose.Intent,
            "fill" => SignPurpose.Fill,
            _ => throw new FormatException("An entry has an unknown purpose."),
        },
        Hash32.Parse(entry.Digest),
        Hash32.Parse(entry.EffectHash),
        entry.TxHash is null ? null : Hash32.Parse(entry.TxHash),
        // Typed, because a bare null would become empty bytes through the conversion from an array.
        entry.Raw is null ? (ReadOnlyMemory<byte>?)null : Hex.Decode(entry.Raw),
        Address.Parse(entry.To),
        UInt256.Parse(entry.Value),
        Hex.Decode(entry.Data),
        entry.GasLimit,
        UInt256.Parse(entry.MaxFeePerGas),
        UInt256.Parse(entry.MaxPriorityFeePerGas),
        entry.RecordedAt,
        entry.Resolved is null ? null : Outcome(entry.Resolved.Outcome),
        Members(entry.Members));

    internal static string JournalPath(SignerJournalQuery query)
    {
        string path = string.Create(
            CultureInfo.InvariantCulture,
            $"/v1/journal?chain_id={query.ChainId}&sender={query.Sender}&from_nonce={query.FromNonce}&limit={query.Limit}");
        return query.Cursor is null ? path : path + "&cursor=" + Uri.EscapeDataString(query.Cursor);
    }

    private static IReadOnlyList<string> Members(IReadOnlyList<string?>? members) => members is null
        ? []
        : [.. members.Select(member => member ?? throw new FormatException("An entry has a member without a name."))];

    private static string PurposeName(SignPurpose purpose) => purpose switch
    {
        SignPurpose.Intent => "intent",
        SignPurpose.Fill => "fill",
        _ => throw new ArgumentOutOfRangeException(nameof(purpose)),
    };

    private static string OutcomeName(SlotOutcome outcome) => outcome switch
    {
        SlotOutcome.Succeeded => "succeeded",
        SlotOutcome.Adopted => "adopted",
        SlotOutcome.Reverted => "reverted",
        SlotOutcome.Filled => "filled",
        SlotOutcome.Consumed => "consumed",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    private static SlotOutcome Outcome(string name) => name switch
    {
        "succeeded" => SlotOutcome.Succeeded,
        "adopted" => SlotOutcome.Adopted,
        "reverted" => SlotOutcome.Reverted,
        "filled" => SlotOutcome.Filled,
        "consumed" => SlotOutcome.Consumed,
        _ => throw new FormatException("An entry has an unknown outcome."),
    };
}
