namespace ChainExec.Ledger;

/// <summary>Money to be reserved: for a unit of work, whose end alone resolves the hold, or for a time.</summary>
/// <param name="Id">Used when the hold is new.</param>
/// <param name="AccountCode">Where the money is. An account that nobody opened has none.</param>
/// <param name="Amount">Above zero.</param>
internal sealed record HoldRequest(HoldId Id, string AccountCode, TokenAmount Amount)
{
    /// <summary>The work, 1 to 200 characters: it holds once in each account. Nothing for a hold that lasts a while.</summary>
    public string? BoundTo { get; init; }

    /// <summary>How long it lasts, at most a year; nothing for a bound one, which has no expiry.</summary>
    public TimeSpan? Lasts { get; init; }

    /// <summary>The idempotency key, if the answer is to be kept, and the SHA-256 of what was asked.</summary>
    public (string Key, byte[] Fingerprint)? Key { get; init; }

    /// <summary>The code of the account that a posting of it goes to unless it says otherwise.</summary>
    public string? ToAccountCode { get; init; }

    /// <summary>What is resolved together.</summary>
    public Guid? Group { get; init; }

    public string? Actor { get; init; }
}

/// <summary>What became of a request for a hold.</summary>
/// <param name="Code">Held, or why not.</param>
/// <param name="Hold">The hold.</param>
/// <param name="Available">What the account has left after the answer.</param>
/// <param name="IsReplay">Whether this is the answer that the key got before.</param>
internal sealed record HoldOutcome(LedgerCode Code, HoldId? Hold, SignedAmount Available, bool IsReplay);
