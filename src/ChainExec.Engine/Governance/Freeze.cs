namespace ChainExec.Governance;

/// <summary>What a freeze stops.</summary>
internal enum FreezeScope
{
    /// <summary>A halt: nothing is signed or sent for the first time, anywhere.</summary>
    All,

    /// <summary>A halt of one chain.</summary>
    Chain,

    /// <summary>Everything of one owner.</summary>
    Owner,

    /// <summary>Everything from one account.</summary>
    Account,

    /// <summary>Everything from or to one address, on every chain.</summary>
    Address,
}

/// <summary>An open freeze or halt.</summary>
/// <param name="Subject">A chain id, an owner's or account's id, an address in lower case, or <c>*</c>.</param>
/// <param name="List">The screening list that the address is on; nothing for what was frozen by hand.</param>
internal sealed record Freeze(
    Guid Id, FreezeScope Scope, string Subject, string Reason, string By, DateTimeOffset At, string? List = null)
{
    /// <summary>Whether it only delays: a halt ends by itself for what waits, a freeze ends what is on its way.</summary>
    public bool IsHalt => Scope is FreezeScope.All or FreezeScope.Chain;
}
