using ChainExec.Ethereum;

namespace ChainExec.Governance;

/// <summary>Whom a payment concerns, as far as freezes go.</summary>
/// <param name="Accounts">The account that pays, and the one in whose name it pays.</param>
/// <param name="Addresses">Every address that it touches.</param>
internal sealed record FreezeQuestion(
    Guid Owner, IReadOnlyList<Guid> Accounts, long Chain, IReadOnlyList<Address> Addresses);
