using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Custody;

/// <summary>One request for a signature.</summary>
/// <param name="Transaction">The EIP-1559 transaction, complete; <c>To</c> must be set and the access list empty.</param>
/// <param name="Sender">The account whose key signs.</param>
/// <param name="Family">
/// Id of the intent family (the root intent's id) whose effect this is, 1 to 128 characters of <c>A-Z a-z 0-9 . _ : -</c>.
/// </param>
/// <param name="Carrier">Id of the carrier bound to the slot; same alphabet.</param>
/// <param name="Epoch">
/// Fencing epoch of the <em>slot</em> (chain, sender, nonce), zero or more. It must never fall over the life of the slot, also when the
/// slot is released and owned by another family: the signer refuses an epoch below the highest it has journalled for that slot.
/// </param>
/// <param name="Purpose">Whether it carries the family's effect or only fills the nonce.</param>
/// <param name="Members">
/// Whose each call of a batch is, in the order of the calls: 1 to 100 families, those of one payment together, none of them
/// <paramref name="Family"/>, which is the batch's own. Their effects are on this slot from then on. A re-price must name the same ones in
/// the same order. Null: no batch.
/// </param>
internal sealed record SignRequest(
    Eip1559Transaction Transaction, Address Sender, string Family, string Carrier, long Epoch, SignPurpose Purpose,
    IReadOnlyList<string>? Members = null);
