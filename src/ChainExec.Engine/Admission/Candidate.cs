using System.Security.Cryptography;
using System.Text;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Admission;

/// <summary>A request on its way through the checks, with what they found: a later one uses what an earlier one read.</summary>
/// <param name="id">Of the intent that it becomes.</param>
internal sealed class Candidate(DbSession session, IntentId id, Caller caller, string key, IntentRequest request)
{
    private CustodyAccount? _account;
    private IReadOnlyList<EncodedCall>? _encoded;
    private AssetSnapshot? _registry;

    public DbSession Session => session;

    public IntentId Id => id;

    public Caller Caller => caller;

    public string Key => key;

    public IntentRequest Request => request;

    public Guid Owner => caller.Owner.Value;

    /// <summary>The account that is to pay, once it is known that the caller owns it.</summary>
    public CustodyAccount Account
    {
        get => _account ?? throw Early(nameof(Account));
        set => (_account, _encoded) = (value, [.. request.Calls.Select(call => call.Call.Encode(value.Address))]);
    }

    /// <summary>The account with a pool that was asked to pay, once somebody else was drawn for it.</summary>
    public CustodyAccount? Front { get; set; }

    /// <summary>What the account would send, call by call.</summary>
    public IReadOnlyList<EncodedCall> Encoded => _encoded ?? throw Early(nameof(Encoded));

    /// <summary>The assets of the chain.</summary>
    public AssetSnapshot Registry
    {
        get => _registry ?? throw Early(nameof(Registry));
        set => _registry = value;
    }

    /// <summary>The listed asset that a movement is of; once it is known to be listed.</summary>
    public Asset AssetOf(ExpectedMovement movement) =>
        movement.Contract is { } contract ? Registry.Token(contract)! : Registry.Native!;

    /// <summary>
    /// What it would take from its account, all calls together: of one asset, or it is not admitted. Nothing when it spends nothing.
    /// </summary>
    public ExpectedMovement? Spent => Spending is [var first, ..]
        ? first with { Amount = Spending.Aggregate(TokenAmount.Zero, (sum, movement) => sum + movement.Amount) }
        : null;

    /// <summary>Every movement that leaves its account.</summary>
    public IReadOnlyList<ExpectedMovement> Spending =>
        [.. Encoded.SelectMany(call => call.Expected).Where(movement => movement.From == Account.Address)];

    /// <summary>What its hold is bound to.</summary>
    public string Work => $"intent:{id.Value:n}";

    /// <summary>
    /// What the client calls the payment, hashed. It survives the loss of our rows: a client that states it again after a restored backup
    /// gets the family that the signer's journal knows, and not a second payment.
    /// </summary>
    public string FamilyKey
    {
        get
        {
            string name = request.ClientReference is null ? $"key\n{key}" : $"reference\n{request.ClientReference}";
            return "fam." + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Owner:n}\n{name}")));
        }
    }

    /// <summary>Money that is held for it, if it spends any.</summary>
    public Guid? Hold { get; set; }

    /// <summary>The intent, once its name is claimed.</summary>
    public Intent? Intent { get; set; }

    private static InvalidOperationException Early(string what) => new($"{what} is asked for before the check that finds it.");
}
