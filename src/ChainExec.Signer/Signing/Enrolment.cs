using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Keys;

namespace ChainExec.Signer.Signing;

/// <summary>Holds the authenticators of the keystore against those that the journal knows, before anything is signed.</summary>
internal static class Enrolment
{
    /// <summary>
    /// Journals accounts whose authenticator is new. Throws <see cref="SignerStartException"/> when one that the journal knows is gone
    /// while its key is there: the account would be signed for without its owner.
    /// </summary>
    internal static void Check(KeyRing keys, JournalFile journal, JournalIndex index, DateTimeOffset now)
    {
        foreach (Address account in index.Enrolled)
        {
            if (keys.Find(account) is not null && !keys.NeedsApproval(account))
                throw new SignerStartException(
                    $"The account {account} has an authenticator by the journal, and its secret file is not in the keystore. "
                    + "Restore it, or enrol the account again.");
        }

        foreach (Address account in keys.Accounts.Where(keys.NeedsApproval).Except(index.Enrolled).ToArray())
        {
            var record = new EnrolledRecord(now, account);
            journal.Append(record);
            index.Apply(record);
        }

        journal.Sync();
    }
}
