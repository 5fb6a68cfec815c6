using ChainExec.Ethereum;

namespace ChainExec.Signer.Signing;

/// <summary>What the owner of an account lets happen once: one effect, on one nonce, for at most so much.</summary>
/// <param name="ChainId">EIP-155 chain id.</param>
/// <param name="Sender">The account.</param>
/// <param name="Family">The intent family.</param>
/// <param name="EffectHash">Chain, sender, to, value and data, as <see cref="Signing.EffectHash"/> makes it.</param>
/// <param name="MaxTotalFee">Most wei that any price of it may cost: gas limit times fee cap.</param>
/// <param name="ExpiresAt">Until when its first price may be signed.</param>
internal sealed record Approval(
    ulong ChainId, Address Sender, string Family, Hash32 EffectHash, UInt256 MaxTotalFee, DateTimeOffset ExpiresAt);

/// <summary>What became of an approval.</summary>
internal abstract record ApproveOutcome
{
    private ApproveOutcome()
    {
    }

    /// <summary>It is in the journal, on disk.</summary>
    /// <param name="Replayed">True when the same approval was there before; the password was not looked at.</param>
    internal sealed record Recorded(bool Replayed) : ApproveOutcome;

    /// <summary>Not accepted.</summary>
    /// <param name="Code">Stable reason.</param>
    /// <param name="Message">A sentence for the account's owner.</param>
    internal sealed record Refused(string Code, string Message) : ApproveOutcome;
}
