namespace ChainExec.Custody;

/// <summary>Who lets the signer sign for an account.</summary>
internal enum AccountCustody
{
    /// <summary>The service: what its policy allows is signed at once.</summary>
    Server,

    /// <summary>The account's owner, by a one-time password for each effect, which only the signer can check.</summary>
    User,
}
