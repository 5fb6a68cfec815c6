namespace ChainExec.Custody;

/// <summary>
/// The server's only door to signatures. Key material lives in another process behind it, which rebuilds what it signs from the fields
/// given here, applies its own policy and keeps its own journal; this side never holds a private key.
/// </summary>
/// <remarks>
/// Every method throws <see cref="SignerUnavailableException"/> when the signer gave no answer and <see cref="SignerFaultException"/> when
/// its answer cannot be trusted. Neither says that nothing was signed: repeat the same request, which returns the same bytes.
/// </remarks>
internal interface ISigner
{
    /// <summary>
    /// Asks for a signature over one transaction. The request must have been stored (<c>sign_requested</c>) before this is called.
    /// Repeating a request returns the bytes of the first answer.
    /// </summary>
    /// <param name="request">What to sign, for whom, and under which fencing epoch.</param>
    /// <param name="cancellationToken">Ends the wait only: a request that was cancelled may still have been signed.</param>
    Task<SignResult> SignAsync(SignRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Tells the signer that an account's owner approved an effect, with the one-time password that proves it. The password is checked
    /// there and kept nowhere here. Repeating an approval that is journalled needs no password.
    /// </summary>
    /// <param name="statement">What was approved.</param>
    /// <param name="otp">The password.</param>
    /// <param name="cancellationToken">Ends the wait only: it may have been journalled.</param>
    Task<ApproveResult> ApproveAsync(ApprovalStatement statement, string otp, CancellationToken cancellationToken);

    /// <summary>
    /// Tells the signer that a slot is proven resolved at finality, so that its family may or may never take another nonce.
    /// </summary>
    /// <param name="resolution">The slot, its family, the outcome and the final evidence for it.</param>
    /// <param name="cancellationToken">Ends the wait only.</param>
    Task<ResolveResult> ResolveAsync(SlotResolution resolution, CancellationToken cancellationToken);

    /// <summary>
    /// Reads one page of the signer's journal for one sender, ordered by nonce. Every signed entry was checked against its own bytes.
    /// </summary>
    /// <param name="query">Chain, sender, where to start, and how many entries at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<SignerJournalPage> JournalAsync(SignerJournalQuery query, CancellationToken cancellationToken);

    /// <summary>Asks whether the signer is up and which accounts it holds keys for.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<SignerHealth> HealthAsync(CancellationToken cancellationToken);
}
