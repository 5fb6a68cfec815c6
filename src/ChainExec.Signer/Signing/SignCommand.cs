using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Signer.Signing;

/// <summary>
/// A validated request for one signature. The transaction was rebuilt here from its fields, and the digest is computed here: what the
/// caller believes it asks for plays no part.
/// </summary>
internal sealed record SignCommand
{
    /// <summary>Creates a command and derives its slot, digest and effect.</summary>
    internal SignCommand(
        Eip1559Transaction transaction, Address sender, string family, string carrier, long epoch, SignPurpose purpose,
        IReadOnlyList<string>? members = null)
    {
        Transaction = transaction;
        To = transaction.To ?? throw new ArgumentException("A contract creation is never signed.", nameof(transaction));
        Slot = new SlotKey(transaction.ChainId, sender, transaction.Nonce);
        Family = family;
        Carrier = carrier;
        Epoch = epoch;
        Purpose = purpose;
        Members = members ?? [];
        Digest = transaction.SigningHash();
        EffectHash = Signing.EffectHash.Compute(transaction.ChainId, sender, To, transaction.Value, transaction.Data.Span);
    }

    /// <summary>The complete unsigned transaction (EIP-1559, empty access list).</summary>
    internal Eip1559Transaction Transaction { get; }

    /// <summary>The called account.</summary>
    internal Address To { get; }

    /// <summary>The nonce slot it asks for.</summary>
    internal SlotKey Slot { get; }

    /// <summary>The account whose key signs.</summary>
    internal Address Sender => Slot.Sender;

    /// <summary>The intent family whose effect it carries.</summary>
    internal string Family { get; }

    /// <summary>The carrier bound to the slot; kept as evidence only.</summary>
    internal string Carrier { get; }

    /// <summary>Fencing epoch of the slot.</summary>
    internal long Epoch { get; }

    /// <summary>Effect or fill.</summary>
    internal SignPurpose Purpose { get; }

    /// <summary>
    /// The families of the payments within a batch, in the order of its calls; empty when it is none. Nothing but the order says which call
    /// is whose.
    /// </summary>
    internal IReadOnlyList<string> Members { get; }

    /// <summary>All whose effect it carries: its own family, and the members.</summary>
    internal IEnumerable<string> Families => Members.Prepend(Family);

    /// <summary>The signing hash (EIP-1559).</summary>
    internal Hash32 Digest { get; }

    /// <summary>Equal for all prices of one effect.</summary>
    internal Hash32 EffectHash { get; }

    /// <summary>The most that it may pay for gas (gas limit x fee cap), wei; null when that is more than 256 bits hold.</summary>
    internal UInt256? FeeMax => FeeOf(Transaction.GasLimit, Transaction.MaxFeePerGas);

    /// <summary>Gas limit times fee cap, wei; null when that is more than 256 bits hold.</summary>
    internal static UInt256? FeeOf(UInt256 gasLimit, UInt256 feeCap) =>
        gasLimit != default(UInt256) && feeCap > UInt256.MaxValue / gasLimit ? null : gasLimit * feeCap;
}
