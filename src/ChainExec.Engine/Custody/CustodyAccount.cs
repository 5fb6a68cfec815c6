using ChainExec.Ethereum;
using ChainExec.Storage;

namespace ChainExec.Custody;

/// <summary>Identifies an account of ours; <c>acc_…</c> outside.</summary>
internal readonly record struct AccountId(Guid Value) : IEntityId
{
    public const string Prefix = "acc";

    public override string ToString() => PublicId.Format(Prefix, Value);
}

/// <summary>An address that the signer can sign for.</summary>
/// <param name="NativeIsCustomerMoney">Whether the native coin it receives is its owner's money; otherwise it is the house's float for
/// gas.</param>
/// <param name="Custody">Who lets the signer sign for it.</param>
/// <param name="Batches">Whether it carries several calls in one transaction: it is delegated (EIP-7702), or about to be.</param>
/// <param name="PoolOf">The account in whose name it pays too.</param>
/// <param name="HasPool">Whether others pay in its name too: who does is drawn when an intent is admitted.</param>
internal sealed record CustodyAccount(
    AccountId Id, Guid Owner, long Chain, Address Address, bool NativeIsCustomerMoney, AccountCustody Custody, bool Batches = false,
    AccountId? PoolOf = null, bool HasPool = false);
