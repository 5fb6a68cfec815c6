using System.Globalization;
using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Ledger;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Intents;

/// <summary>An intent as its owner sees it.</summary>
/// <param name="Id"><c>int_…</c>; sorts by creation.</param>
/// <param name="Status">created, waiting, preparing, signing, executing, included, cancelling; at last confirmed, failed, cancelled or
/// expired.</param>
/// <param name="Reason">A stable code: why it is where it is, when there is something to say.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Chain">EIP-155 chain id.</param>
/// <param name="Account">The sending address.</param>
/// <param name="AccountId"><c>acc_…</c>.</param>
/// <param name="ClientReference">The client's own name of the payment.</param>
/// <param name="Deadline">After this nothing new is begun.</param>
/// <param name="MaxTotalFee">Wei that all attempts together may cost.</param>
/// <param name="Priority">0 to 9: the higher binds first among those of its account that wait.</param>
/// <param name="Hold"><c>hold_…</c>: the money that was set aside for it.</param>
/// <param name="After">Intents that must be confirmed first.</param>
/// <param name="Wish">Why it is to end without its effect, if it still can: cancel, deadline, freeze,
/// would_revert or unsendable.</param>
/// <param name="NeedsOperator">Whether it stands still until an operator has looked at it.</param>
/// <param name="Transaction">The transaction that carries it, as far as it is known.</param>
/// <param name="Revert">What its newest transaction that reverted for ever cost, and why it reverted.</param>
/// <param name="CreatedAt">When it was admitted.</param>
/// <param name="UpdatedAt">When it last moved.</param>
internal record IntentBody(
    string Id,
    string Status,
    string? Reason,
    string? Detail,
    long Chain,
    Address Account,
    string AccountId,
    string? ClientReference,
    DateTimeOffset? Deadline,
    TokenAmount MaxTotalFee,
    int Priority,
    string? Hold,
    IReadOnlyList<string> After,
    string? Wish,
    bool NeedsOperator,
    TransactionBody? Transaction,
    OnChainRevertBody? Revert,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<CallBody> Calls)
{
    /// <summary>Shows a stored intent.</summary>
    public static IntentBody Of(IntentView view, IEnumerable<BlockchainCall> calls) => new(
        view.Id.ToString(), view.State, view.Reason, view.Detail, view.Chain, view.Sender, AccountOf(view.Account),
        view.ClientReference, view.Deadline, view.MaxTotalFee, view.Priority, HoldOf(view.Hold),
        [.. view.After.Select(IntentOf)], view.Wish, view.NeedsOperator,
        view.TxHash is { } hash ? new TransactionBody(hash, view.BlockNumber) : null,
        view.Revert is { } revert ? OnChainRevertBody.Of(revert) : null, TimeOf(view.Id.Value), view.UpdatedAt,
        [.. calls.Select(CallBody.Of)]);

    /// <summary>Shows an intent that is being admitted: what the first answer, and every repetition of it, says.</summary>
    public static IntentBody Of(Intent intent, IEnumerable<BlockchainCall> calls, IReadOnlyList<string> after) => new(
        intent.Id.ToString(), EnumText.Of(intent.State), null, null, intent.Chain, intent.Sender,
        AccountOf(intent.Account), intent.ClientReference, intent.Deadline, intent.MaxTotalFee, intent.Priority, HoldOf(intent.Hold), after,
        Wish: null, NeedsOperator: false, Transaction: null, Revert: null, TimeOf(intent.Id.Value), TimeOf(intent.Id.Value),
        [.. calls.Select(CallBody.Of)]);

    private static string AccountOf(Guid id) => new AccountId(id).ToString();

    private static string IntentOf(Guid id) => new IntentId(id).ToString();

    private static string? HoldOf(Guid? id) => id is { } hold ? new HoldId(hold).ToString() : null;

    // The id of version 7 begins with the milliseconds of its making: one moment in every answer, whoever reads it from where.
    private static DateTimeOffset TimeOf(Guid id) => DateTimeOffset.FromUnixTimeMilliseconds(
        long.Parse(id.ToString("n").AsSpan(0, 12), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}

/// <summary>A transaction on chain.</summary>
/// <param name="BlockNumber">The block that holds it now; nothing while none does.</param>
internal sealed record TransactionBody(Hash32 Hash, long? BlockNumber);

/// <summary>A transaction that reverted for ever.</summary>
/// <param name="GasUsed">The gas that it used.</param>
/// <param name="Fee">What it paid, in wei.</param>
/// <param name="Kind">error_string, panic, custom, empty, out_of_gas, or unknown when no node could tell; nothing while none was
/// asked.</param>
/// <param name="Message">The reason in words; a contract's words are not to be trusted.</param>
internal sealed record OnChainRevertBody(
    Hash32 Hash, long BlockNumber, TokenAmount GasUsed, TokenAmount Fee, string? Kind, string? Message)
{
    /// <summary>Shows a stored revert.</summary>
    public static OnChainRevertBody Of(RevertView view) =>
        new(view.TxHash, view.BlockNumber, view.GasUsed, view.Fee, view.Kind, view.Message);
}

/// <summary>One call of an intent.</summary>
/// <param name="Id"><c>call_…</c>.</param>
/// <param name="Args">As the client wrote them.</param>
/// <param name="ExpectedMovements">What it means to move; what it did move is in the books and in the events.</param>
internal sealed record CallBody(
    string Id, string Type, JsonElement Args, string? Category, IReadOnlyList<string> Tags, JsonElement Context,
    IReadOnlyList<ExpectedMovementBody> ExpectedMovements)
{
    /// <summary>Shows a stored call.</summary>
    public static CallBody Of(BlockchainCall call) => new(
        call.Id.ToString(), call.Type, call.Request, call.Category, call.Tags, call.Context,
        [.. call.Expected.Select(movement => new ExpectedMovementBody(movement.Contract, movement.From, movement.To, movement.Amount))]);
}

/// <summary>A movement that a call means to cause. The contract is nothing for the native coin.</summary>
internal sealed record ExpectedMovementBody(Address? Contract, Address From, Address To, TokenAmount Amount);
