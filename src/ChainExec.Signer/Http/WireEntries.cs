using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Http;

/// <summary>Journal entries as they travel.</summary>
internal static class WireEntries
{
    /// <summary>The wire form of an entry.</summary>
    internal static SignerWire.Entry Of(JournalEntry entry)
    {
        SlotRecord record = entry.Record;
        return new SignerWire.Entry(
            record.IsSigned ? "signed" : "refused",
            record.Slot.ChainId,
            record.Slot.Sender.ToString(),
            record.Slot.Nonce,
            record.Family,
            record.Carrier,
            record.Epoch,
            WireNames.Of(record.Purpose),
            record.Digest.ToString(),
            record.EffectHash.ToString(),
            record.Signature?.Hash.ToString(),
            record.Signature is null ? null : Hex.Encode(record.Signature.Raw.Span),
            record.To.ToString(),
            record.Value.ToString(),
            Hex.Encode(record.Data.Span),
            record.GasLimit,
            record.MaxFeePerGas.ToString(),
            record.MaxPriorityFeePerGas.ToString(),
            record.At,
            entry.Resolution is null ? null : Resolution(entry.Resolution),
            record.Members);
    }

    private static SignerWire.Resolution Resolution(ResolvedRecord record) => new(
        WireNames.Of(record.Outcome),
        new SignerWire.Evidence(record.BlockHash.ToString(), record.BlockNumber, record.TransactionHash?.ToString()));
}
