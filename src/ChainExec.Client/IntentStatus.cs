namespace ChainExec.Client;

/// <summary>The statuses of an intent. More may come: treat one that is not here as not final.</summary>
public static class IntentStatus
{
    /// <summary>Admitted, its money held.</summary>
    public const string Created = "created";

    /// <summary>Waits for another intent.</summary>
    public const string Waiting = "waiting";

    /// <summary>Being simulated and priced.</summary>
    public const string Preparing = "preparing";

    /// <summary>Bound to a nonce; the signature is asked for.</summary>
    public const string Signing = "signing";

    /// <summary>Signed and being sent.</summary>
    public const string Executing = "executing";

    /// <summary>In a block that may still be orphaned.</summary>
    public const string Included = "included";

    /// <summary>Its nonce is being consumed by a transfer of nothing; what was sent before may still win.</summary>
    public const string Cancelling = "cancelling";

    /// <summary>Final: it moved what it meant to.</summary>
    public const string Confirmed = "confirmed";

    /// <summary>Final: it did not.</summary>
    public const string Failed = "failed";

    /// <summary>Final: it was given up, and can have no effect any more.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>Final: its deadline passed, and it can have no effect any more.</summary>
    public const string Expired = "expired";

    /// <summary>The statuses that never change again.</summary>
    public static IReadOnlySet<string> Final { get; } = new HashSet<string> { Confirmed, Failed, Cancelled, Expired };
}
