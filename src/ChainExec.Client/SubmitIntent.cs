using System.Numerics;

namespace ChainExec.Client;

/// <summary>What you ask for.</summary>
public sealed record SubmitIntent
{
    /// <summary>EIP-155 chain id.</summary>
    public required long Chain { get; init; }

    /// <summary>The sending account, by address or by <c>acc_…</c>.</summary>
    public required string Account { get; init; }

    /// <summary>Exactly one, unless the account batches: then up to 64 calls that move one token, all of which happen or none.</summary>
    public required IReadOnlyList<SubmitCall> Calls { get; init; }

    /// <summary>Your own name of it: 1 to 128 characters, unique among your intents for ever.</summary>
    public string? ClientReference { get; init; }

    /// <summary>After this nothing new is begun.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Wei that all attempts together may cost.</summary>
    public BigInteger? MaxTotalFee { get; init; }

    /// <summary>Intents that must be confirmed first: at most 16 ids.</summary>
    public IReadOnlyList<string>? After { get; init; }

    /// <summary><c>fail</c> (the default) or <c>retry</c>: what follows when the transaction reverts on chain and the revert is
    /// final.</summary>
    public string? OnRevert { get; init; }

    /// <summary>0 to 9, 5 when left out: among your intents that wait for a nonce of one account the higher goes first.</summary>
    public int? Priority { get; init; }

    /// <summary>Whether it may go in one transaction with others of its account, where that batches; true when left out.</summary>
    public bool? Batch { get; init; }
}

/// <summary>One call of what you ask for.</summary>
public sealed record SubmitCall
{
    /// <summary>The call type, such as <c>erc20.transfer</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Its arguments by name; amounts are decimal strings of base units.</summary>
    public required IReadOnlyDictionary<string, string> Args { get; init; }

    /// <summary>At most 64 characters.</summary>
    public string? Category { get; init; }

    /// <summary>At most 16, each at most 64 characters.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Anything that you want to find again: at most 8 KiB of JSON.</summary>
    public IReadOnlyDictionary<string, string>? Context { get; init; }

    /// <summary>A transfer of a listed token.</summary>
    /// <param name="token">The token's contract.</param>
    /// <param name="recipient">Who receives.</param>
    /// <param name="amount">Base units.</param>
    public static SubmitCall Erc20Transfer(string token, string recipient, BigInteger amount) => new()
    {
        Type = "erc20.transfer",
        Args = new Dictionary<string, string> { ["token"] = token, ["recipient"] = recipient, ["amount"] = $"{amount}" },
    };

    /// <summary>A transfer of the chain's native coin.</summary>
    /// <param name="recipient">Who receives.</param>
    /// <param name="amount">Wei.</param>
    public static SubmitCall NativeTransfer(string recipient, BigInteger amount) => new()
    {
        Type = "native.transfer",
        Args = new Dictionary<string, string> { ["recipient"] = recipient, ["amount"] = $"{amount}" },
    };
}

/// <summary>The answer to a submission.</summary>
/// <param name="Intent">As it was admitted.</param>
/// <param name="Replayed">Whether the key was used before with this very request, and this is the first answer again.</param>
public sealed record SubmittedIntent(Intent Intent, bool Replayed);
