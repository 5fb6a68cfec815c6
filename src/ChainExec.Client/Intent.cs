using System.Numerics;
using System.Text.Json;

namespace ChainExec.Client;

/// <summary>An intent: a payment, or another business outcome, on its way to the chain.</summary>
/// <param name="Id"><c>int_…</c>.</param>
/// <param name="Status">Where it stands; see <see cref="IntentStatus"/>. A status that this client does not know is not final.</param>
/// <param name="Reason">A stable code: why it is where it is, when there is something to say.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Chain">EIP-155 chain id.</param>
/// <param name="Account">The sending address.</param>
/// <param name="AccountId"><c>acc_…</c>.</param>
/// <param name="ClientReference">Your own name of it, unique for ever.</param>
/// <param name="Deadline">After this nothing new is begun.</param>
/// <param name="MaxTotalFee">Wei that all attempts together may cost.</param>
/// <param name="Priority">0 to 9: the higher goes first among those of its account that wait for a nonce.</param>
/// <param name="Hold"><c>hold_…</c>: the money that is set aside for it.</param>
/// <param name="After">Intents that must be confirmed first.</param>
/// <param name="Wish">Why it is to end without its effect, if it still can: cancel, deadline, freeze,
/// would_revert or unsendable.</param>
/// <param name="NeedsOperator">Whether it stands still until an operator has looked at it.</param>
/// <param name="Transaction">The transaction that carries it, as far as it is known.</param>
/// <param name="Revert">What its newest transaction that reverted for ever cost, and why it reverted.</param>
/// <param name="Calls">What it does.</param>
/// <param name="Timeline">Its steps in order; only when one intent was asked for.</param>
/// <param name="CreatedAt">When it was admitted.</param>
/// <param name="UpdatedAt">When it last moved.</param>
/// <param name="Approval">What the account's owner was asked last; only under user custody, and when one intent was asked for.</param>
public sealed record Intent(
    string Id,
    string Status,
    string? Reason,
    string? Detail,
    long Chain,
    string Account,
    string AccountId,
    string? ClientReference,
    DateTimeOffset? Deadline,
    BigInteger MaxTotalFee,
    int Priority,
    string? Hold,
    IReadOnlyList<string> After,
    string? Wish,
    bool NeedsOperator,
    IntentTransaction? Transaction,
    IntentRevert? Revert,
    IReadOnlyList<IntentCall> Calls,
    IReadOnlyList<IntentStep>? Timeline,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IntentApproval? Approval = null)
{
    /// <summary>Whether it will never move again.</summary>
    public bool IsFinal => IntentStatus.Final.Contains(Status);
}

/// <summary>One asking of an account's owner whether an intent may be signed.</summary>
/// <param name="Id"><c>apr_…</c>.</param>
/// <param name="Status">asked, approved, rejected, expired or withdrawn.</param>
/// <param name="MaxTotalFee">Wei: no price of it ever costs more.</param>
/// <param name="AskedAt">When the owner was asked.</param>
/// <param name="ExpiresAt">Until when it can be approved and its first price signed.</param>
public sealed record IntentApproval(string Id, string Status, BigInteger MaxTotalFee, DateTimeOffset AskedAt, DateTimeOffset ExpiresAt);

/// <summary>The transaction of an intent.</summary>
/// <param name="Hash">0x and 64 hexadecimal digits.</param>
/// <param name="BlockNumber">The block that holds it now; nothing while none does.</param>
public sealed record IntentTransaction(string Hash, long? BlockNumber);

/// <summary>A transaction of an intent that reverted for ever.</summary>
/// <param name="Hash">0x and 64 hexadecimal digits.</param>
/// <param name="BlockNumber">The block that holds it.</param>
/// <param name="GasUsed">The gas that it used.</param>
/// <param name="Fee">What it paid, in wei.</param>
/// <param name="Kind">error_string, panic, custom, empty, out_of_gas, or unknown when no node could tell; nothing while none was
/// asked.</param>
/// <param name="Message">The reason in words; a contract's words are not to be trusted.</param>
public sealed record IntentRevert(string Hash, long BlockNumber, BigInteger GasUsed, BigInteger Fee, string? Kind, string? Message);

/// <summary>One call of an intent.</summary>
/// <param name="Id"><c>call_…</c>.</param>
/// <param name="Type">Its call type.</param>
/// <param name="Args">The arguments as you wrote them.</param>
/// <param name="Category">Your category.</param>
/// <param name="Tags">Your tags.</param>
/// <param name="Context">Your context.</param>
/// <param name="ExpectedMovements">What it means to move.</param>
public sealed record IntentCall(
    string Id, string Type, JsonElement Args, string? Category, IReadOnlyList<string> Tags, JsonElement Context,
    IReadOnlyList<ExpectedMovement> ExpectedMovements);

/// <summary>A movement that a call means to cause.</summary>
/// <param name="Asset">The asset's id; only in simulations.</param>
/// <param name="Contract">The token; nothing for the native coin.</param>
/// <param name="From">Who gives.</param>
/// <param name="To">Who receives.</param>
/// <param name="Amount">Base units.</param>
public sealed record ExpectedMovement(string? Asset, string? Contract, string From, string To, BigInteger Amount);

/// <summary>One step of an intent's life.</summary>
/// <param name="At">When it happened.</param>
/// <param name="Step">created, prepared, signed, submitted, included, orphaned, or the status that it moved to.</param>
/// <param name="Reason">A stable code, when there is something to say.</param>
/// <param name="Evidence">What it was decided on.</param>
public sealed record IntentStep(DateTimeOffset At, string Step, string? Reason, JsonElement Evidence);
