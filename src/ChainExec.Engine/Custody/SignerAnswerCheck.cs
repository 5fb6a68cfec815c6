using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Custody;

/// <summary>
/// Decides whether signed bytes are what they are said to be. The signer is another process: bytes are believed only after they were
/// decoded here and every field, the recovered sender and the hash agree.
/// </summary>
internal static class SignerAnswerCheck
{
    /// <summary>
    /// Throws <see cref="SignerFaultException"/> unless <paramref name="raw"/> is exactly the requested transaction, signed by its sender.
    /// </summary>
    internal static void MatchesRequest(SignRequest request, ReadOnlySpan<byte> raw, Hash32 hash)
    {
        // The signing hash commits to every field of the transaction, so one comparison covers them all.
        SignedTransaction signed = Decode(raw);
        Require(signed.Transaction.SigningHash() == request.Transaction.SigningHash(), "signed another transaction than was asked");
        Require(signed.Sender == request.Sender, "signed with another account than was asked");
        Require(signed.Hash == hash, "gave a hash that is not the hash of its bytes");
    }

    /// <summary>
    /// Throws <see cref="SignerFaultException"/> unless the entry's fields are those of its bytes; a refusal must have none, and only a
    /// call of the sender to itself may have members.
    /// </summary>
    internal static void MatchesItself(SignerJournalEntry entry)
    {
        Require(
            entry.Members.Count == 0 || (entry.Purpose == SignPurpose.Intent && entry.To == entry.Sender),
            "journalled members of what is no batch");
        if (entry.Kind == SignerJournalKind.Refused)
        {
            Require(entry.Raw is null && entry.TransactionHash is null, "journalled a refusal together with signed bytes");
            return;
        }

        Require(entry.Raw is not null && entry.TransactionHash is not null, "journalled a signature without its bytes");
        SignedTransaction signed = Decode(entry.Raw!.Value.Span);
        var transaction = (Eip1559Transaction)signed.Transaction;
        Require(transaction.SigningHash() == entry.Digest, "journalled a digest that is not that of its bytes");
        Require(signed.Hash == entry.TransactionHash, "journalled a hash that is not that of its bytes");
        Require(signed.Sender == entry.Sender, "journalled a sender that is not that of its bytes");
        Require(
            transaction.ChainId == entry.ChainId && transaction.Nonce == entry.Nonce && transaction.To == entry.To
                && transaction.Value == entry.Value && transaction.Data.Span.SequenceEqual(entry.Data.Span)
                && transaction.GasLimit == entry.GasLimit && transaction.MaxFeePerGas == entry.MaxFeePerGas
                && transaction.MaxPriorityFeePerGas == entry.MaxPriorityFeePerGas,
            "journalled fields that are not those of its bytes");
    }

    private static SignedTransaction Decode(ReadOnlySpan<byte> raw)
    {
        try
        {
            return Eip1559Transaction.Decode(raw);
        }
        catch (TransactionException exception)
        {
            throw new SignerFaultException("The signer gave bytes that are no signed EIP-1559 transaction.", exception);
        }
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
            throw new SignerFaultException($"The signer {fault}.");
    }
}
