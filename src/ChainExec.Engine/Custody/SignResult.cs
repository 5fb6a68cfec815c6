using ChainExec.Ethereum;

namespace ChainExec.Custody;

/// <summary>What the signer answered: <see cref="Signed"/> or <see cref="Refused"/>, nothing else.</summary>
internal abstract record SignResult
{
    private SignResult()
    {
    }

    /// <summary>
    /// The bytes exist and are in the signer's journal. They were decoded and matched with the request, the sender and the hash.
    /// </summary>
    /// <param name="Raw">The signed transaction as it goes to a node (EIP-2718 envelope).</param>
    /// <param name="Hash">The transaction hash.</param>
    /// <param name="Replayed">True when the journal already held them: the same request was answered before.</param>
    internal sealed record Signed(ReadOnlyMemory<byte> Raw, Hash32 Hash, bool Replayed) : SignResult;

    /// <summary>The signer did not sign.</summary>
    /// <param name="Code">Stable reason; see <see cref="SignRefusal"/>.</param>
    /// <param name="Message">A sentence for an operator.</param>
    /// <param name="Recorded">
    /// True when the refusal is in the journal for ever: nothing was and nothing will be signed for this family on this nonce, so the slot
    /// may be released. False: the slot stays as it is.
    /// </param>
    /// <param name="Conflict">The journal entry that stands in the way, when there is one.</param>
    internal sealed record Refused(string Code, string Message, bool Recorded, SignerJournalEntry? Conflict) : SignResult;
}
