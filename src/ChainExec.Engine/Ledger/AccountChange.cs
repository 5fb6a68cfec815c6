namespace ChainExec.Ledger;

/// <summary>What is to change of an account that is open; nothing leaves a property as it is.</summary>
/// <param name="Code">Which account.</param>
/// <param name="Actor">Who changes it.</param>
/// <param name="Reason">Why.</param>
internal sealed record AccountChange(string Code, string Actor, string Reason)
{
    /// <summary>Whether a posting is refused that would leave more debited than credited, holds counted.</summary>
    public bool? DebitsMustNotExceedCredits { get; init; }

    /// <summary>The reverse, for accounts whose debits are what they have.</summary>
    public bool? CreditsMustNotExceedDebits { get; init; }

    /// <summary>By how much the limit may be passed; moving it touches no balance.</summary>
    public TokenAmount? Overdraft { get; init; }

    /// <summary>Whether the account takes nothing any more.</summary>
    public bool? Closed { get; init; }

    /// <summary>At most sixteen words without a comma.</summary>
    public IReadOnlyList<string>? Tags { get; init; }
}
